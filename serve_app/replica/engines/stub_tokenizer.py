"""The stub's tokenizer: every byte of a text is one token, through the same Rust library as the real ones."""

from tokenizers import Tokenizer, decoders
from tokenizers.models import BPE

PAD = 256
EOS = 257
MASK = 258


class StubTokenizer:
    """What tasks take of a tokenizer of transformers: the part in Rust, and the token that ends a text."""

    eos_token_id = EOS
    mask_token_id = MASK
    mask_token = "[MASK]"

    def __init__(self) -> None:
        vocabulary = {f"<0x{byte:02X}>": byte for byte in range(256)}
        # Without a single character in the vocabulary all of them fall back to their bytes.
        self.backend_tokenizer = Tokenizer(BPE(vocabulary, [], byte_fallback=True))
        self.backend_tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
        self.backend_tokenizer.add_special_tokens(["<pad>", "</s>", self.mask_token])

    def __len__(self) -> int:
        return self.backend_tokenizer.get_vocab_size()
