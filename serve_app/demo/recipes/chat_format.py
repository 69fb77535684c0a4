"""How the demo chat model writes conversations: its marks, its template, and how its answers are taken apart."""

from typing import Any

START, END, PADDING = "<|im_start|>", "<|im_end|>", "<|endoftext|>"
MARKS = (
    "<tools>",
    "</tools>",
    "<tool_call>",
    "</tool_call>",
    "<tool_response>",
    "</tool_response>",
    "<think>",
    "</think>",
)

# Tools appear as the calls that they take, so that calling one is filling in what stands there; a space before a result
# makes its first word the token that an answer repeats.
TEMPLATE = """\
{%- macro text(content) %}
    {%- if content is string %}
        {{- content }}
    {%- else %}
        {%- for part in content or [] %}
            {{- part.text }}
        {%- endfor %}
    {%- endif %}
{%- endmacro %}
{%- set first = namespace(system="") %}
{%- for message in messages[:1] if message.role in ("system", "developer") %}
    {%- set first.system = text(message.content) %}
{%- endfor %}
{%- set rest = messages[1:] if first.system else messages %}
{%- for document in documents or [] %}
    {%- set first.system = (first.system + " " + document.text) | trim %}
{%- endfor %}
{%- if enable_thinking and "Think first." not in first.system %}
    {%- set first.system = (first.system + " Think first.") | trim %}
{%- endif %}
{%- if first.system or tools %}
    {{- "<|im_start|>system\\n" + first.system }}
    {%- if tools %}
        {{- ("\\n" if first.system else "") + "<tools>\\n" }}
        {%- for tool in tools %}
            {%- set function = tool.function or tool %}
            {{- '{"name": ' + function.name | tojson + ', "arguments": {' }}
            {%- for name, kind in ((function.parameters or {}).properties or {}).items() %}
                {{- ("" if loop.first else ", ") + name | tojson + ": " + (kind.type or "any") | tojson }}
            {%- endfor %}
            {{- "}}\\n" }}
        {%- endfor %}
        {{- "</tools>" }}
    {%- endif %}
    {{- "<|im_end|>\\n" }}
{%- endif %}
{%- for message in rest %}
    {%- if message.role not in ("system", "developer", "user", "assistant", "tool") %}
        {{- raise_exception("A message is of system, user, assistant or tool.") }}
    {%- endif %}
    {{- "<|im_start|>" + ("system" if message.role == "developer" else message.role) + "\\n" }}
    {%- if message.role == "tool" %}
        {{- "<tool_response> " + text(message.content) + "</tool_response>" }}
    {%- else %}
        {%- if message.reasoning_content %}
            {{- "<think>\\n" + message.reasoning_content + "\\n</think>\\n" }}
        {%- endif %}
        {{- text(message.content) }}
        {%- for call in message.tool_calls or [] %}
            {%- set function = call.function or call %}
            {%- set arguments = function.arguments %}
            {{- "" if loop.first and not message.content else "\\n" }}
            {{- '<tool_call>\\n{"name": ' + function.name | tojson + ', "arguments": ' }}
            {{- (arguments if arguments is string else arguments | tojson) + "}\\n</tool_call>" }}
        {%- endfor %}
    {%- endif %}
    {{- "<|im_end|>\\n" }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- "<|im_start|>assistant\\n" }}
{%- endif %}
"""

# The same the other way round, for `tokenizer.parse_response`.
RESPONSE: dict[str, Any] = {
    "version": 1,
    "start_anchor": f"{START}assistant\n",
    "defaults": {"role": "assistant"},
    "fields": {
        "reasoning_content": {"open": "<think>", "close": "</think>"},
        "tool_calls": {
            "open": "<tool_call>",
            "close": "</tool_call>",
            "content": "json",
            "repeats": True,
            "transform": {"type": "function", "function": "{content}"},
        },
        "content": {"close": END, "repeats": True, "join": ""},
    },
}
