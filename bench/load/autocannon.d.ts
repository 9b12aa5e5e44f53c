/** As much of autocannon 9 as the load needs; it comes without types. */
declare module 'autocannon' {
  interface Client {
    setRequests(requests: readonly Request[]): void
  }
  interface Request {
    readonly method?: 'GET' | 'POST'
    readonly path?: string
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: string
    readonly setupRequest?: (request: object) => object
  }
  interface Options {
    readonly url: string
    readonly connections: number
    readonly amount?: number
    readonly duration?: number
    readonly timeout?: number
    /** Milliseconds. */
    readonly sampleInt?: number
    readonly setupClient?: (client: Client) => void
  }
  interface Instance extends PromiseLike<{ readonly errors: number; readonly timeouts: number }> {
    on(
      event: 'response',
      listener: (client: Client, statusCode: number, bytes: number, milliseconds: number) => void,
    ): this
  }
  export default function autocannon(options: Options): Instance
}
