/** ONNX Runtime Web: on the graphics card where there is one, else on the processor's cores. */

const VENDOR = new URL("../vendor/", import.meta.url);

async function hasGraphicsCard() {
  const adapter = await navigator.gpu?.requestAdapter().catch(() => null);
  return Boolean(adapter) && !adapter.info?.isFallbackAdapter;
}

/**
 * Half of the cores, the rest is for the camera and the page: threads that wait for a busy core cost more than
 * they bring. More than one needs a page that is isolated from others.
 */
function threadsHere() {
  return globalThis.crossOriginIsolated ? Math.min(4, Math.ceil(navigator.hardwareConcurrency / 2)) : 1;
}

async function load(provider) {
  const file = provider === "webgpu" ? "ort.webgpu.min.mjs" : "ort.wasm.min.mjs";
  const ort = await import(new URL(file, VENDOR));
  ort.env.wasm.wasmPaths = VENDOR.href;
  ort.env.wasm.numThreads = threadsHere();
  ort.env.logLevel = "error";
  return ort;
}

export class Runtime {
  /** @param ort the library @param provider "webgpu" or "wasm" */
  constructor(ort, provider) {
    this.ort = ort;
    this.provider = provider;
  }

  /** The fastest one here. */
  static async best() {
    const provider = (await hasGraphicsCard()) ? "webgpu" : "wasm";
    return new Runtime(await load(provider), provider);
  }

  /** One that runs anywhere. */
  static async plain() {
    return new Runtime(await load("wasm"), "wasm");
  }

  /** What it runs on, for a person to read. */
  get name() {
    const { numThreads } = this.ort.env.wasm;
    return this.provider === "webgpu" ? "WebGPU" : `WebAssembly, ${numThreads} thread${numThreads > 1 ? "s" : ""}`;
  }

  /** A session of a model file's bytes. */
  session(bytes) {
    return this.ort.InferenceSession.create(bytes, { executionProviders: [this.provider], logSeverityLevel: 3 });
  }

  tensor(type, data, dims) {
    return new this.ort.Tensor(type, data, dims);
  }

  /** @returns the numbers of the outputs, by name */
  async run(session, feeds, outputs) {
    const said = await session.run(feeds, outputs);
    return Object.fromEntries(outputs.map((name) => [name, said[name].data]));
  }
}
