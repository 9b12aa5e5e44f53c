import type { Position } from '../eventStore/recordedEvent.ts'
import type { LogIdentity } from '../ledger/logIdentity.ts'

/** Which read model, opened once, gave an id: only that one can go on exactly behind it. */
export interface Origin extends LogIdentity {
  /** Random; another one each time the read model is opened. */
  readonly opening: string
}

/** How far somebody has been told of changes. */
export interface ChangeId {
  /** Where what was told last stands in the order of one read model: there by (`at`, `n`). */
  readonly at: Position
  readonly n: number
  /** Everything that changed up to here was told, whoever tells it; `''`: nothing is certain to have been. */
  readonly whole: Position
}

const log = ({ logId, generation, losses }: LogIdentity): string => `${logId.slice(0, 8)}-${generation}-${losses}`

/** `<at>.<log>-<generation>-<losses>-<opening>.<n>`, and `.<whole>` where that is another place than `at`. */
export const writeChangeId = (origin: Origin, { at, n, whole }: ChangeId): string =>
  `${at}.${log(origin)}-${origin.opening}.${n}${whole === at ? '' : `.${whole}`}`

/** What an id says to a read model. */
export type ReadChangeId =
  /** It gave it: it goes on behind there. */
  | ({ readonly _tag: 'Own' } & ChangeId)
  /** Another one gave it, of the same log: what it had not told for certain is told from `whole` on, that included. */
  | { readonly _tag: 'Others'; readonly whole: Position }
  /** It is a position: what changed behind it. */
  | { readonly _tag: 'Bare'; readonly position: Position }
  /** It is none of this log, as it is now. */
  | { readonly _tag: 'Foreign' }

const POSITION = '[0-9a-f]{16}(?:-[0-9a-f]{16})?'
const FORM = new RegExp(
  `^(${POSITION})(?:\\.([0-9a-z]+-\\d+-\\d+)-([0-9a-z]+)\\.(-?\\d{1,15})(\\.(?:${POSITION})?)?)?$`,
)

/** Reads an id that was written here or by another node, or a position. */
export const readChangeId = (text: string, origin: Origin): ReadChangeId => {
  const [, at, ofLog, opening, n, whole] = FORM.exec(text) ?? []
  if (at === undefined) return { _tag: 'Foreign' }
  if (ofLog === undefined) return { _tag: 'Bare', position: at }
  if (ofLog !== log(origin)) return { _tag: 'Foreign' }
  const told = whole === undefined ? at : whole.slice(1)
  return opening === origin.opening ? { _tag: 'Own', at, n: Number(n), whole: told } : { _tag: 'Others', whole: told }
}
