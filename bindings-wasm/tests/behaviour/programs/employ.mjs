/** Gives a worker some work and its answer back. */
export default async function employ({ url, type, api }) {
    const worker = new Worker(url, { type });
    try {
        return await new Promise((resolve, reject) => {
            worker.addEventListener("message", ({ data }) => resolve(data));
            worker.addEventListener("error", ({ message }) => reject(new Error(`the worker: ${message}`)));
            worker.postMessage({ api, origin: location.origin });
        });
    } finally {
        worker.terminate();
    }
}
