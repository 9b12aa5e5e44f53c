/** A span as a service that runs with `inMemory.ts` gives it. */
export interface SpanJson {
  readonly name: string
  /** As the API numbers them: 0 internal, 1 server, 2 client. */
  readonly kind: number
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | null
  readonly parentIsRemote: boolean
  readonly attributes: Readonly<Record<string, unknown>>
  readonly status: { readonly code: number; readonly message?: string }
  readonly events: readonly { readonly name: string; readonly attributes: Readonly<Record<string, unknown>> }[]
  readonly links: readonly {
    readonly traceId: string
    readonly spanId: string
    readonly attributes: Readonly<Record<string, unknown>>
  }[]
  readonly startMs: number
  readonly durationMs: number
}
