/** ONNX Runtime Web: on the graphics card where there is one, else on the processor's cores. */

const VENDOR = new URL("../vendor/", import.meta.url);

async function load(provider, threads) {
  const file = provider === "webgpu" ? "ort.webgpu.min.mjs" : "ort.wasm.min.mjs";
  const ort = await import(new URL(file, VENDOR));
  ort.env.wasm.wasmPaths = VENDOR.href;
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = "error";
  return ort;
}

/** "webgpu" where there is a graphics card for it, else "wasm". */
export async function bestProvider() {
  const adapter = await navigator.gpu?.requestAdapter().catch(() => null);
  return adapter && !adapter.info?.isFallbackAdapter ? "webgpu" : "wasm";
}

/**
 * So many threads for one model's share of the cores, at most `most`: threads that wait for a busy core cost
 * more than they bring, and camera and page need some, too. More than one needs a page that is isolated from
 * others.
 */
export function threadsFor(share, most) {
  if (!globalThis.crossOriginIsolated) return 1;
  return Math.max(1, Math.min(most, Math.round(navigator.hardwareConcurrency * share)));
}

export class Runtime {
  /** @param ort the library @param provider "webgpu" or "wasm" */
  constructor(ort, provider) {
    this.ort = ort;
    this.provider = provider;
  }

  static async open(provider, threads) {
    return new Runtime(await load(provider, threads), provider);
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
