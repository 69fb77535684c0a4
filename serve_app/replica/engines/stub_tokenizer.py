"""The stub's tokenizer: every byte of a text is one token, through the same Rust library as the real ones."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tokenizers import Tokenizer, decoders
from tokenizers.models import BPE

PAD = 256
EOS = 257
MASK = 258
# How many numbers a tokenizer of tables gives to each token.
TABLE_NUMBERS = 7


class StubTokenizer:
    """What tasks take of a tokenizer of transformers: the part in Rust, and the token that ends a text."""

    eos_token_id = EOS
    mask_token_id = MASK
    mask_token = "[MASK]"
    all_special_ids = (PAD, EOS, MASK)
    # What tokenizers of tables know of their limits.
    model_max_length = 1_000_000
    max_column_id = max_row_id = 256
    min_question_length = max_question_length = None
    cell_trim_length = -1
    strip_column_names = False

    chat_template = "messages tools documents enable_thinking <think> </think> <tool_call> </tool_call>"

    def __init__(self) -> None:
        vocabulary = {f"<0x{byte:02X}>": byte for byte in range(256)}
        # Without a single character in the vocabulary all of them fall back to their bytes.
        self.backend_tokenizer = Tokenizer(BPE(vocabulary, [], byte_fallback=True))
        self.backend_tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
        self.backend_tokenizer.add_special_tokens(["<pad>", "</s>", self.mask_token])

    def get_chat_template(self, tools: Any = None) -> str:
        """The marks that tell how answers are read."""
        return self.chat_template

    def apply_chat_template(
        self,
        conversation: Sequence[Mapping[str, Any]],
        tools: Sequence[Mapping[str, Any]] | None,
        documents: Sequence[Mapping[str, Any]] | None,
        add_generation_prompt: bool,
        **variables: Any,
    ) -> str:
        """Each message as a line with its role before it; what else there is comes first, as JSON."""
        others = {"tools": tools, "documents": documents, "enable_thinking": variables.get("enable_thinking")}
        lines = [f"{name}: {json.dumps(value)}\n" for name, value in others.items() if value is not None]
        lines += [f"{message['role']}: {_written(message)}\n" for message in conversation]
        return "".join(lines) + "assistant:" if add_generation_prompt else "".join(lines).removesuffix("\n")

    def __len__(self) -> int:
        return self.backend_tokenizer.get_vocab_size()

    def tokenize(self, text: str) -> list[str]:
        """A character for each byte."""
        return [chr(byte) for byte in text.encode()]

    def decode(
        self, ids: Sequence[int], output_word_offsets: bool = False, output_char_offsets: bool = False, **settings: Any
    ) -> str | dict[str, Any]:
        """The text, and on demand where it stands, as tokenizers of speech give it: all of it as one word."""
        text: str = self.backend_tokenizer.decode(list(ids))
        unit = "word" if output_word_offsets else "char" if output_char_offsets else None
        place = {"start_offset": 0, "end_offset": len(ids)}
        return text if unit is None else {"text": text, f"{unit}_offsets": [{unit: text, **place}]}

    def prepare_for_model(
        self, table: Any, query: str, *, tokenized_table: Any, query_tokens: list[str], **settings: Any
    ) -> dict[str, Any]:
        """The bytes of a question and of a table, with column and row of each, as tokenizers of tables give them."""
        rows, places = tokenized_table
        tokens = [*query_tokens, *(rows[row][column][index] for column, row, index in places)]
        asked = [[0] * TABLE_NUMBERS for _ in query_tokens]
        told = [[1, column + 1, row, *[0] * (TABLE_NUMBERS - 3)] for column, row, _ in places]
        return {"input_ids": [ord(token) for token in tokens], "token_type_ids": asked + told}


def _written(message: Mapping[str, Any]) -> str:
    calls = [call["function"] for call in message.get("tool_calls", ())]
    return "".join((str(message["content"]), *(f"<tool_call>{json.dumps(call)}</tool_call>" for call in calls)))
