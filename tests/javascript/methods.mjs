// The names of the client's methods.
import { InferenceClient } from "@huggingface/inference";

const client = new InferenceClient("", { endpointUrl: "http://127.0.0.1" });
console.log(JSON.stringify(Object.getOwnPropertyNames(client).filter((name) => typeof client[name] === "function")));
