"""The lane of long verbs: one streaming call for each item, so that each can be cancelled by itself."""

import asyncio
from contextlib import aclosing

from serve_app.errors import AppError, Internal, NotReady
from serve_app.ingress.lanes.lane import Lane
from serve_app.ingress.lanes.transport import ReplicaLost
from serve_app.ingress.lanes.waiting import Waiting
from serve_app.types import Chunk

BATCHES_PER_REPLICA = 2
"""Enough items for the batch that runs and for the one after it."""


class CallLane(Lane):
    """Lets as many items through as the replicas can batch; the rest wait here, where they have a deadline."""

    def pump(self) -> None:
        window = max(self._transport.replicas() * BATCHES_PER_REPLICA * self._limits.max_batch_size, 1)
        while len(self._calls) < window:
            waiting = self._queue.pop()
            if waiting is None:
                return
            self._send(waiting)

    def _send(self, waiting: Waiting) -> None:
        call = self._start(self._follow(waiting))
        call.add_done_callback(lambda _: self.pump())  # once it counts no more, so behind `_start`'s own callback
        waiting.left = call.cancel

    async def _follow(self, waiting: Waiting) -> None:
        begun = ended = False
        try:
            item = waiting.as_item(asyncio.get_running_loop().time())
            # Leaving the loop does not close what is looped over, and closing it is what cancels the item.
            async with aclosing(self._transport.open(item, len(self._queue))) as events:
                async for event in events:
                    if isinstance(event, Chunk):
                        begun = True
                        waiting.hear(event)
                    else:
                        ended, waiting.left = True, None
                        self._settle(waiting, event)
            if not ended:
                waiting.left = None
                waiting.fail(Internal("the model's answer broke off"))
        except ReplicaLost:
            waiting.left = None
            if begun:
                waiting.fail(Internal("the model's process ended in the middle of the answer"))
            elif not ended and self._may_retry(waiting):
                self._send(waiting)
        except asyncio.CancelledError:
            # The caller left and needs no answer any more, or the call was cancelled from the other side.
            waiting.left = None
            waiting.fail(NotReady("the call to the model was cancelled", None, 1.0))
        except AppError as error:
            waiting.left = None
            waiting.fail(error)
        except BaseException:
            waiting.left = None
            waiting.fail(Internal("the call to the model failed"))
            raise
        finally:
            self._note_drained(1)
