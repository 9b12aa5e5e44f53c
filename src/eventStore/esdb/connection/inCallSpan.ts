import type { Span } from '@opentelemetry/api'
import { type About, CLIENT, inSpan, spanUnderWay, tracing } from '../../../tracing/tracing.ts'
import type { Session } from './connection.ts'

type Call = 'streams.append' | 'streams.read' | 'all.read'

/** A call, as the conventions have it (https://opentelemetry.io/docs/specs/semconv/db/database-spans/), but for the stream, which names a user. */
const about = (call: Call, { server }: Pick<Session, 'server'>): About => ({
  kind: CLIENT,
  attributes: {
    'db.system.name': 'eventstoredb',
    'db.operation.name': call,
    ...(server === null ? {} : { 'server.address': server.address, 'server.port': server.port }),
  },
})

/** A span of one call to the server, where something is under way that it is made for. */
export const callSpan = (call: Call, session: Pick<Session, 'server'>): Span | null =>
  tracing() === null ? null : spanUnderWay(call, about(call, session))

/** Does it in such a span. */
export const inCallSpan = <A>(
  call: Call,
  session: Pick<Session, 'server'>,
  action: (span: Span | null) => Promise<A>,
): Promise<A> => (tracing() === null ? action(null) : inSpan(call, about(call, session), action))
