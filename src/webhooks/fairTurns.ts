/** Whom something is done for. */
export interface Turn {
  /** `null`: an operator. */
  readonly source: string | null
  /** Whoever is known comes first. */
  readonly isKnown: boolean
}

/** Those who wait, of each source in the order in which they came; whose turn it is next comes first. */
type Waiting = Map<string | null, (() => void)[]>

/** Takes the one whose turn it is; the next of the same source has to wait until each other one had his. */
const taken = (waiting: Waiting): (() => void) | undefined => {
  for (const [source, own] of waiting) {
    const go = own.shift()
    waiting.delete(source)
    if (own.length > 0) waiting.set(source, own)
    return go
  }
  return undefined
}

/**
 * One at a time, in a fair order: each source in turn, however much waits of one, and before all others those that are known. So nobody waits for
 * all that an outsider sends.
 */
export const fairTurns = (): (<A>(turn: Turn, action: () => Promise<A>) => Promise<A>) => {
  const known: Waiting = new Map()
  const others: Waiting = new Map()
  let isBusy = false
  const next = (): void => {
    const go = taken(known) ?? taken(others)
    if (go === undefined) isBusy = false
    else go()
  }
  const myTurn = ({ source, isKnown }: Turn): Promise<void> =>
    new Promise((go) => {
      const waiting = isKnown ? known : others
      const own = waiting.get(source)
      if (own === undefined) waiting.set(source, [go])
      else own.push(go)
    })
  return async (turn, action) => {
    if (isBusy) await myTurn(turn)
    isBusy = true
    try {
      return await action()
    } finally {
      next()
    }
  }
}
