"""The stub's tokenizer: every byte of a text is one token, through the same Rust library as the real ones."""

from collections.abc import Sequence
from typing import Any

from tokenizers import Tokenizer, decoders
from tokenizers.models import BPE

PAD = 256
EOS = 257


class StubTokenizer:
    """The calls of a fast transformers tokenizer that tasks use."""

    pad_token, pad_token_id = "<pad>", PAD
    eos_token, eos_token_id = "</s>", EOS
    bos_token_id = cls_token_id = sep_token_id = unk_token_id = None
    all_special_ids = (PAD, EOS)
    padding_side = truncation_side = "right"
    is_fast = True
    chat_template = None

    def __init__(self, model_max_length: int) -> None:
        self.model_max_length = model_max_length
        vocabulary = {f"<0x{byte:02X}>": byte for byte in range(256)}
        # Without a single character in the vocabulary all of them fall back to their bytes.
        self.backend_tokenizer = Tokenizer(BPE(vocabulary, [], byte_fallback=True))
        self.backend_tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
        self.backend_tokenizer.add_special_tokens([self.pad_token, self.eos_token])

    def __len__(self) -> int:
        return EOS + 1

    def __call__(self, text: str | Sequence[str], **_: Any) -> dict[str, Any]:
        if isinstance(text, str):
            ids = self.encode(text)
            return {"input_ids": ids, "attention_mask": [1] * len(ids)}
        lines = [encoding.ids for encoding in self.backend_tokenizer.encode_batch(list(text))]
        return {"input_ids": lines, "attention_mask": [[1] * len(ids) for ids in lines]}

    def encode(self, text: str, **_: Any) -> list[int]:
        return list(self.backend_tokenizer.encode(text).ids)

    def decode(self, token_ids: Sequence[int], skip_special_tokens: bool = False, **_: Any) -> str:
        return str(self.backend_tokenizer.decode(list(token_ids), skip_special_tokens=skip_special_tokens))

    def batch_decode(
        self, sequences: Sequence[Sequence[int]], skip_special_tokens: bool = False, **_: Any
    ) -> list[str]:
        return [self.decode(ids, skip_special_tokens) for ids in sequences]

    def num_special_tokens_to_add(self, pair: bool = False) -> int:
        return 0
