from serve_app.config.schema import Limits, Model
from serve_app.errors import Overloaded
from serve_app.ingress.entry import Entry
from serve_app.ingress.lanes.calls import CallLane
from serve_app.ingress.lanes.envelopes import EnvelopeLane
from serve_app.ingress.lanes.table import Lanes
from tests.ingress.lanes.replicas import Replicas, asking, settle


def entry(name: str = "m", task: str = "text-classification", queued: int = 1000) -> Entry:
    limits = Limits(max_queued_requests=queued)
    return Entry(Model(name=name, hf_model_name="stub", hf_task=task, limits=limits), "app")


async def test_short_verbs_travel_together_and_long_ones_alone(replicas: Replicas) -> None:
    lanes = Lanes(lambda _: replicas, 1)
    assert isinstance(lanes.of(entry(), "predict"), EnvelopeLane)
    assert isinstance(lanes.of(entry("e", "embeddings"), "predict"), EnvelopeLane)
    assert isinstance(lanes.of(entry("g", "generation"), "predict"), CallLane)
    assert isinstance(lanes.of(entry("s", "seq2seq"), "predict"), CallLane)
    assert isinstance(lanes.of(entry("g2", "generation"), "stream"), CallLane)


async def test_one_lane_for_each_model_and_verb_until_its_entry_changes() -> None:
    connected: list[Entry] = []

    def connect(entry: Entry) -> Replicas:
        connected.append(entry)
        return Replicas()

    lanes, first, other, changed = Lanes(connect, 1), entry(), entry("other"), entry()
    lane = lanes.of(first, "predict")
    assert lanes.of(first, "predict") is lane
    assert lanes.of(first, "stream") is not lane
    assert lanes.of(other, "predict") is not lane
    assert lanes.of(changed, "predict") is not lane
    assert connected == [first, first, other, changed]


async def test_limits_are_shared_by_the_ingress_replicas(replicas: Replicas) -> None:
    lane = Lanes(lambda _: replicas, 3).of(entry(queued=9), "predict")
    for _ in range(5):
        lane.ask(["x"], [1], asking())
    try:
        lane.ask(["x"], [1], asking())
    except Overloaded as error:
        assert "its limit is 3" in str(error)
    else:
        raise AssertionError("nine divided by three are three")
    await settle()
    while pending := [call for call in replicas.calls if not call.end.done()]:
        pending[0].answer()
        await settle()


async def test_backlogs_by_model_and_news_of_replicas(replicas: Replicas) -> None:
    replicas.count = 0
    lanes, model = Lanes(lambda _: replicas, 1), entry()
    for _ in range(3):
        lanes.of(model, "predict").ask(["x"], [1], asking())
    lanes.of(model, "stream").ask(["y", "z"], [1, 1], asking())
    await settle()
    assert lanes.backlogs() == {"m": 2 + 1}
    replicas.count = 1
    lanes.pump()
    await settle()
    assert lanes.backlogs() == {"m": 0}
    for call in replicas.calls:
        call.answer()
    for stream in replicas.streams:
        stream.answer()
    await settle()
