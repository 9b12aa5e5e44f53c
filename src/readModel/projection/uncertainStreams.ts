import type { StreamName } from '../../eventStore/recordedEvent.ts'
import { type Uncertain, type Uncertainty, uncertaintyOf } from '../uncertain.ts'
import type { Progress } from './progress.ts'

/** The streams of whose users nothing is certain, each of which a run of the projection tells of once. */
export interface UncertainStreams {
  /** Notes what an error costs the user of a stream. Throws what is not about the events of one user. */
  readonly tell: (stream: StreamName, error: unknown) => { readonly kind: Uncertainty }
  readonly note: (one: Uncertain) => void
  /** Those that came up since it was asked last. */
  readonly news: () => Pick<Progress, 'uncertain'>
}

export const uncertainStreams = (): UncertainStreams => {
  const told = new Set<string>()
  let uncertain: Uncertain[] = []
  const note = (one: Uncertain): void => {
    const key = `${one.stream} ${one.kind}`
    if (!told.has(key)) uncertain.push(one)
    told.add(key)
  }
  return {
    note,
    tell: (stream, error) => {
      const uncertainty = uncertaintyOf(error)
      if (uncertainty === null) throw error
      note({ stream, ...uncertainty })
      return uncertainty
    },
    news: () => {
      const some = uncertain
      uncertain = []
      return some.length > 0 ? { uncertain: some } : {}
    },
  }
}
