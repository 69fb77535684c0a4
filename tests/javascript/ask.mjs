// Asks models by the official JavaScript client: URL and a list of {model, method, args} in, the list of answers out.
import { InferenceClient } from "@huggingface/inference";

const [url, cases] = process.argv.slice(2);
const answers = [];
for (const { model, method, args } of JSON.parse(cases)) {
  const client = new InferenceClient("", { endpointUrl: `${url}/models/${model}` });
  const answer = client[method](args);
  if (method.endsWith("Stream")) {
    const pieces = [];
    for await (const piece of answer) pieces.push(piece);
    answers.push(pieces);
  } else {
    answers.push(await answer);
  }
}
console.log(JSON.stringify(answers));
