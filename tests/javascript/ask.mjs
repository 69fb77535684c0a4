// Asks models by the official JavaScript client: {url, cases: [{model, method, args}]} in, the list of answers out.
// Bytes travel as {"$base64": …} both ways; those that go in become blobs, without a type as clients often have none.
import { InferenceClient } from "@huggingface/inference";
import { readFileSync } from "node:fs";

const blobs = (name, value) => (value?.$base64 === undefined ? value : new Blob([Buffer.from(value.$base64, "base64")]));
const listed = async (pieces) => {
  const list = [];
  for await (const piece of pieces) list.push(piece);
  return list;
};
const sent = async (answer) => {
  const whole = await answer;
  if (!(whole instanceof Blob)) return whole;
  return { $base64: Buffer.from(await whole.arrayBuffer()).toString("base64"), type: whole.type };
};
const { url, cases } = JSON.parse(readFileSync(0, "utf8"), blobs);
const answers = [];
for (const { model, method, args } of cases) {
  const client = new InferenceClient("", { endpointUrl: `${url}/models/${model}` });
  try {
    const answer = client[method](args);
    answers.push(await (method.startsWith("streaming") || method.endsWith("Stream") ? listed(answer) : sent(answer)));
  } catch (error) {
    answers.push({ $error: String(error) });
  }
}
console.log(JSON.stringify(answers));
