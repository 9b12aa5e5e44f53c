import { createRequire } from 'node:module'
import type * as Api from '@opentelemetry/api'
import type { Headers, Tracing } from './tracing.ts'

const NAME = 'kyc-ledger'

/** Where all copies of the API, of one major version, keep what was registered. */
const REGISTERED = Symbol.for('opentelemetry.js.api.1')

/** As CommonJS; 40 files, so only where somebody has registered something. */
const loaded = (): typeof Api => createRequire(import.meta.url)('@opentelemetry/api') as typeof Api

const registered = (): { readonly version?: string; readonly trace?: unknown } | undefined =>
  (globalThis as { [REGISTERED]?: { readonly version?: string; readonly trace?: unknown } })[REGISTERED]

/** What an operator has forgotten who wanted spans, or has done in vain; for the log. */
export const tracingWarnings = (): readonly string[] => {
  const there = registered()
  if (there?.trace === undefined) return []
  const { context, createContextKey, propagation, ProxyTracer, ROOT_CONTEXT, trace } = loaded()
  // An older minor version of the API holds what was registered through it, and this one passes over that and says nothing.
  if (trace.getTracer(NAME) instanceof ProxyTracer)
    return [
      `no spans are made: a tracer provider was registered through @opentelemetry/api ${there.version}, which is older`,
    ]
  const key = createContextKey('kept')
  const isKept = context.with(ROOT_CONTEXT.setValue(key, true), () => context.active().getValue(key) === true)
  return [
    ...(isKept ? [] : ['no context manager is registered: requests have spans, and nothing below them has']),
    ...(propagation.fields().length > 0 ? [] : ['no propagator is registered: traceparent is not taken over']),
  ]
}

/** What is not in the API: a provider of the SDK hands on what it holds when it is asked to. */
interface Flushing {
  readonly forceFlush?: () => Promise<void>
}

const delegateOf = (api: typeof Api): Flushing => {
  const provider = api.trace.getTracerProvider()
  return ('getDelegate' in provider ? (provider as Api.ProxyTracerProvider).getDelegate() : provider) as Flushing
}

/** Makes spans where a tracer provider was registered before (`--import`); `null` where none was. */
export const openTracing = (): Tracing | null => {
  if (registered()?.trace === undefined) return null
  const api = loaded()
  const { context, propagation, trace, ROOT_CONTEXT } = api
  const tracer = trace.getTracer(NAME)
  if (tracer instanceof api.ProxyTracer) return null
  return {
    active: () => trace.getActiveSpan() ?? null,
    begin: (name, { links = [], ...about }, under) =>
      tracer.startSpan(name, { ...about, links: [...links] }, under ?? ROOT_CONTEXT),
    within: (span, action) => context.with(trace.setSpan(context.active(), span), action),
    namedIn: (headers: Headers) => {
      const named = trace.getSpanContext(propagation.extract(ROOT_CONTEXT, headers))
      return named !== undefined && trace.isSpanContextValid(named) ? trace.setSpanContext(ROOT_CONTEXT, named) : null
    },
    naming: (span) => {
      const headers: Record<string, string> = {}
      propagation.inject(trace.setSpan(ROOT_CONTEXT, span), headers)
      return headers
    },
    under: (span) => trace.setSpan(ROOT_CONTEXT, span),
    here: () => {
      const kept = context.active()
      return (action) => context.with(kept, action)
    },
    flushed: async (withinMs) => {
      let timer: NodeJS.Timeout | undefined
      const givingUp = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, withinMs)
      })
      // A collector out of reach is no concern of a service that ends.
      const flushing = Promise.resolve(delegateOf(api).forceFlush?.()).catch(() => undefined)
      await Promise.race([flushing, givingUp])
      clearTimeout(timer)
    },
  }
}
