import { newDirectory } from '../newDirectory.ts'
import { eventually } from '../patience.ts'
import { type Service, startService } from '../service/service.ts'
import type { Env } from '../service/serviceProcess.ts'
import type { SpanJson } from './spanJson.ts'

export const IN_MEMORY = { NODE_OPTIONS: `--import=${new URL('./inMemory.ts', import.meta.url).pathname}` }

export interface TracedService extends Service {
  /** All that were ended so far, in the order in which they were. */
  readonly spans: () => Promise<readonly SpanJson[]>
  /** Those of one trace, once `enough` says that they are all there. */
  readonly trace: (traceId: string, enough: (spans: readonly SpanJson[]) => boolean) => Promise<readonly SpanJson[]>
}

/** The service as a process, whose spans stay in its memory. */
export const startTraced = async (directory: string = newDirectory(), env: Env = {}): Promise<TracedService> => {
  const service = await startService(directory, { ...IN_MEMORY, ...env })
  const at = await eventually('where the spans are', () => /\{"spans":"(.+?)"\}/.exec(service.stdout())?.[1] ?? null)
  const spans = async (): Promise<readonly SpanJson[]> => (await (await fetch(at)).json()) as readonly SpanJson[]
  return {
    ...service,
    spans,
    trace: (traceId, enough) =>
      eventually(`the trace ${traceId}`, async () => {
        const found = (await spans()).filter((span) => span.traceId === traceId)
        return enough(found) ? found : null
      }),
  }
}

let made = 0

/** A trace and a span that somebody else has begun, and the header that says so. */
export const newTrace = () => {
  made += 1
  const traceId = made.toString(16).padStart(32, 'a')
  const spanId = made.toString(16).padStart(16, 'b')
  return { traceId, spanId, headers: { traceparent: `00-${traceId}-${spanId}-01` } }
}

/** Spans as a tree, each as its name with those below it; siblings in the order of their texts. */
export const treeOf = (spans: readonly SpanJson[], under: string | null): readonly unknown[] =>
  spans
    .filter(({ parentSpanId }) => parentSpanId === under)
    .map(({ name, spanId }) => {
      const below = treeOf(spans, spanId)
      return below.length === 0 ? name : [name, ...below]
    })
    .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))

/** The one of that name. */
export const named = (spans: readonly SpanJson[], name: string): SpanJson => {
  const [span, ...others] = spans.filter((one) => one.name === name)
  if (span === undefined || others.length > 0) throw new Error(`${others.length + (span ? 1 : 0)} spans ${name}`)
  return span
}
