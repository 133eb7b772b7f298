// @vladmandic/human on its WebAssembly backend: face finder, mesh and emotion of its default configuration, all
// else off. In a video it looks for faces and reads them anew only after a while, as it does by default.
//
// It has no way in for a crop, so a crop goes straight to its emotion network, prepared as it prepares a face:
// resized, grey by the weights of ITU-R BT.601, in [-1, 1].
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { serve } from "./serving.mjs";

const home = path.resolve(process.argv[2]);
const require = createRequire(path.join(home, "package.json"));
const library = path.join(home, "node_modules/@vladmandic/human");
const NOWHERE = "http://models.invalid/";
const OFF = { enabled: false };
const [STILL, MOVING] = [0, 0.7].map((cacheSensitivity) => ({ cacheSensitivity }));

// Outside a browser its models can be named by address only: they are read from its package.
globalThis.fetch = async (address) =>
  new Response(fs.readFileSync(path.join(library, "models", path.basename(String(address)))), {
    headers: { "content-type": String(address).endsWith(".json") ? "application/json" : "application/octet-stream" },
  });

function configuration() {
  const off = Object.fromEntries(["body", "hand", "object", "gesture", "segmentation"].map((name) => [name, OFF]));
  const face = { enabled: true, emotion: { enabled: true, minConfidence: 0 } };
  for (const name of ["iris", "description", "antispoof", "liveness"]) face[name] = OFF;
  const wasmPath = path.join(home, "node_modules/@tensorflow/tfjs-backend-wasm/dist/");
  return { backend: "wasm", wasmPath, modelBasePath: NOWHERE, debug: false, face, ...off };
}

async function load() {
  const { Human } = require(path.join(library, "dist/human.node-wasm.js"));
  const human = new Human(configuration());
  await human.load();
  const { tf } = human;
  if (tf.getBackend() !== "wasm") throw new Error(`the backend is ${tf.getBackend()}: expected wasm`);
  const classes = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"];
  const network = human.models.models.emotion;
  const side = network.inputs[0].shape[2];

  async function look(picture, how) {
    const tensor = tf.tensor3d(picture.rgb, [picture.height, picture.width, 3], "int32");
    const result = await human.detect(tensor, how);
    tensor.dispose();
    return result.face.map((face) => {
      const scores = Object.fromEntries(face.emotion.map(({ emotion, score }) => [emotion, score]));
      return [face.box[2] * face.box[3], classes.map((name) => scores[name] ?? 0)];
    });
  }
  async function classify(picture) {
    const scores = tf.tidy(() => {
      const image = tf.tensor4d(picture.rgb, [1, picture.height, picture.width, 3], "float32");
      const resized = tf.image.resizeBilinear(image, [side, side]);
      const grey = tf.sum(tf.mul(resized, tf.tensor1d([0.299, 0.587, 0.114])), 3, true);
      return network.execute(tf.sub(tf.div(grey, 127.5), 1));
    });
    const row = Array.from(await scores.data());
    scores.dispose();
    return row;
  }
  return { classes, classify, find: (one) => look(one, STILL), watch: (one) => look(one, MOVING) };
}

await serve(load);
