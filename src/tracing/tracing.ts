import type { Attributes, Context, Link, Span, SpanKind, SpanStatusCode } from '@opentelemetry/api'

/** Kinds of spans, and the one status that is set, as the API numbers them: it is loaded only where spans are made. */
export const SERVER = 1 satisfies SpanKind.SERVER as SpanKind
export const CLIENT = 2 satisfies SpanKind.CLIENT as SpanKind
const FAILED = 2 satisfies SpanStatusCode.ERROR as SpanStatusCode

export interface About {
  readonly kind?: SpanKind
  readonly attributes?: Attributes
  readonly links?: readonly Link[]
}

/** Headers by their names in lower case, as Node gives them. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

/** What makes spans, where an operator has registered something that takes them. */
export interface Tracing {
  /** The span under way here; `null`: none. */
  readonly active: () => Span | null
  /** A span under another one, or, where that is `null`, the first of a trace. It lasts until `end`. */
  readonly begin: (name: string, about: About, under: Context | null) => Span
  /** Does it with the span as the one under way. */
  readonly within: <A>(span: Span, action: () => A) => A
  /** The span that others name as the one under which a request was sent (W3C Trace Context), without their baggage; `null`: none. */
  readonly namedIn: (headers: Headers) => Context | null
  /** How a request says that it was sent under a span: headers. */
  readonly naming: (span: Span) => Readonly<Record<string, string>>
  /** What others are under that are under a span. */
  readonly under: (span: Span) => Context
  /** Keeps what is under way here, to do something under it later. */
  readonly here: () => <A>(action: () => A) => A
  /** Resolves once what was made has been handed on, at the latest after so long. */
  readonly flushed: (withinMs: number) => Promise<void>
}

let current: Tracing | null = null

/** `null` where nobody takes spans: the one branch that this costs then. */
export const tracing = (): Tracing | null => current

/** Said once, by whoever starts the process, before anything is opened. */
export const makeSpans = (by: Tracing | null): void => {
  current = by
}

export const activeSpan = (): Span | null => (current === null ? null : current.active())

/** That it came to nothing, and by what: a word of ours, a status or the name of a class, never a message. */
export const fail = (span: Span | null, errorType: string): void =>
  void span?.setAttribute('error.type', errorType).setStatus({ code: FAILED })

/** What kind of thing was thrown: its code, where it has one as Node's errors do, else its class. */
export const errorTypeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'not an Error'
  const { code } = error as NodeJS.ErrnoException
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(code) ? code : error.constructor.name
}

/** Messages and stacks may hold what was sent: they are for the log of the service, whose lines name the span. */
const failBy = (span: Span | null, error: unknown): void => {
  if (span === null) return
  const type = errorTypeOf(error)
  span.addEvent('exception', { 'exception.type': type })
  fail(span, type)
}

/** Does it with a span that is the one under way meanwhile, and ends with it, however it ends. */
export const during = async <A>(by: Tracing, span: Span, action: () => Promise<A>): Promise<A> => {
  try {
    return await by.within(span, action)
  } catch (error) {
    failBy(span, error)
    throw error
  } finally {
    span.end()
  }
}

/**
 * A span under the one that is under way; `null` where none is: nothing that works in the background begins a trace by what it is made of. It
 * lasts until `end`.
 */
export const spanUnderWay = (name: string, about: About): Span | null => {
  const above = current?.active() ?? null
  return current === null || above === null ? null : current.begin(name, about, current.under(above))
}

/** Does it in such a span. `action` is given `null` where there is none. */
export const inSpan = <A>(name: string, about: About, action: (span: Span | null) => Promise<A>): Promise<A> => {
  if (current === null) return action(null)
  const span = spanUnderWay(name, about)
  return span === null ? action(null) : during(current, span, () => action(span))
}

const atOnce = <A>(action: () => A): A => action()

/** Keeps what is under way here, for what is done later on behalf of it. */
export const onBehalf = (): (<A>(action: () => A) => A) => (current === null ? atOnce : current.here())

/** By what a line of the log names the span under way (https://opentelemetry.io/docs/specs/otel/compatibility/logging_trace_context/). */
export const namedInLog = (): object => {
  const named = activeSpan()?.spanContext()
  return named === undefined ? {} : { trace_id: named.traceId, span_id: named.spanId }
}
