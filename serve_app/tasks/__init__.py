"""The support matrix: the YAML word, and the task behind it."""

from serve_app.tasks.audio_classification import AudioClassification
from serve_app.tasks.automatic_speech_recognition import AutomaticSpeechRecognition
from serve_app.tasks.base import Task
from serve_app.tasks.depth_estimation import DepthEstimation
from serve_app.tasks.document_question_answering import DocumentQuestionAnswering
from serve_app.tasks.feature_extraction import FeatureExtraction
from serve_app.tasks.fill_mask import FillMask
from serve_app.tasks.image_classification import ImageClassification
from serve_app.tasks.image_feature_extraction import ImageFeatureExtraction
from serve_app.tasks.image_segmentation import ImageSegmentation
from serve_app.tasks.image_text_to_text import ImageTextToText
from serve_app.tasks.image_to_image import ImageToImage
from serve_app.tasks.image_to_text import ImageToText
from serve_app.tasks.mask_generation import MaskGeneration
from serve_app.tasks.object_detection import ObjectDetection
from serve_app.tasks.question_answering import QuestionAnswering
from serve_app.tasks.rerank import Rerank
from serve_app.tasks.sentence_similarity import SentenceSimilarity
from serve_app.tasks.summarization import Summarization
from serve_app.tasks.table_question_answering import TableQuestionAnswering
from serve_app.tasks.text2text_generation import Text2TextGeneration
from serve_app.tasks.text_classification import TextClassification
from serve_app.tasks.text_generation import TextGeneration
from serve_app.tasks.text_to_image import TextToImage
from serve_app.tasks.text_to_speech import TextToSpeech
from serve_app.tasks.token_classification import TokenClassification
from serve_app.tasks.translation import Translation
from serve_app.tasks.visual_question_answering import VisualQuestionAnswering
from serve_app.tasks.zero_shot_audio_classification import ZeroShotAudioClassification
from serve_app.tasks.zero_shot_classification import ZeroShotClassification
from serve_app.tasks.zero_shot_image_classification import ZeroShotImageClassification
from serve_app.tasks.zero_shot_object_detection import ZeroShotObjectDetection

TASKS: dict[str, Task] = {
    "text-classification": TextClassification(),
    "token-classification": TokenClassification(),
    "zero-shot-classification": ZeroShotClassification(),
    "fill-mask": FillMask(),
    "table-question-answering": TableQuestionAnswering(),
    "feature-extraction": FeatureExtraction(),
    "question-answering": QuestionAnswering(),
    "sentence-similarity": SentenceSimilarity(),
    "rerank": Rerank(),
    "text-generation": TextGeneration(),
    "text2text-generation": Text2TextGeneration(),
    "translation": Translation(),
    "summarization": Summarization(),
    "image-classification": ImageClassification(),
    "image-feature-extraction": ImageFeatureExtraction(),
    "zero-shot-image-classification": ZeroShotImageClassification(),
    "zero-shot-object-detection": ZeroShotObjectDetection(),
    "image-to-text": ImageToText(),
    "visual-question-answering": VisualQuestionAnswering(),
    "document-question-answering": DocumentQuestionAnswering(),
    "object-detection": ObjectDetection(),
    "image-segmentation": ImageSegmentation(),
    "depth-estimation": DepthEstimation(),
    "mask-generation": MaskGeneration(),
    "audio-classification": AudioClassification(),
    "zero-shot-audio-classification": ZeroShotAudioClassification(),
    "image-text-to-text": ImageTextToText(),
    "text-to-image": TextToImage(),
    "image-to-image": ImageToImage(),
    "automatic-speech-recognition": AutomaticSpeechRecognition(),
    "text-to-speech": TextToSpeech(),
}
_ALIASES: dict[str, Task] = {alias: task for task in TASKS.values() for alias in task.aliases}


def find(word: str) -> Task | None:
    """The task of a YAML word or alias."""
    return TASKS.get(word) or _ALIASES.get(word)


def words() -> tuple[str, ...]:
    """Every word that `hf_task` may hold."""
    return (*TASKS, *_ALIASES)
