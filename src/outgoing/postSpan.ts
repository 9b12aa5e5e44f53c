import type { Position } from '../eventStore/recordedEvent.ts'
import { linkToAppend } from '../tracing/appendedUnder.ts'
import { CLIENT, during, fail, tracing } from '../tracing/tracing.ts'

/** What comes of an attempt, as far as its span says so. `reason` is one of few sentences of ours. */
type Outcome =
  | { readonly _tag: 'Delivered' | 'Gone' | 'Aborted' }
  | { readonly _tag: 'Failed'; readonly reason: string }

/** How a request says under which span it is sent, and whom it tells of the status that it is answered with. */
export interface Traced {
  readonly headers: Readonly<Record<string, string>>
  readonly answered: (status: number) => void
}

const UNTRACED: Traced = { headers: {}, answered: () => undefined }

/**
 * One attempt in a span that begins a trace, and is linked to the append by which the user stands so: that may be long ago. Of the URL the host alone stands in it, since
 * the rest may hold a secret. The headers hold a random id, and nothing of anybody.
 */
export const inPostSpan = <A extends Outcome>(
  target: URL,
  cause: Position | null,
  attempt: (traced: Traced) => Promise<A>,
): Promise<A> => {
  const by = tracing()
  if (by === null) return attempt(UNTRACED)
  const attributes = {
    'http.request.method': 'POST',
    'server.address': target.hostname,
    'server.port': Number(target.port) || (target.protocol === 'https:' ? 443 : 80),
  }
  const span = by.begin('POST', { kind: CLIENT, attributes, links: cause === null ? [] : linkToAppend(cause) }, null)
  let answer: number | null = null
  const answered = (status: number): void => {
    answer = status
    span.setAttribute('http.response.status_code', status)
  }
  return during(by, span, async () => {
    const outcome = await attempt({ headers: by.naming(span), answered })
    const { _tag } = outcome
    span.setAttribute('kyc.webhook.outcome', _tag)
    if (_tag === 'Failed') fail(span, answer === null ? outcome.reason : String(answer))
    if (_tag === 'Gone') fail(span, String(answer))
    return outcome
  })
}
