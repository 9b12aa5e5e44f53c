import type { Sealing } from './sealing.ts'

/** The sealing of a log once that is joined; with `null`, nothing is sealed. Until then there is nothing to show. */
export const awaitedSealing = (opening: Promise<Sealing | null>, isWanted: boolean): Sealing => {
  let opened: Sealing | null = null
  const ready = opening.then((sealing) => {
    opened = sealing
  })
  const nothing = (): never => {
    throw new RangeError('there is no tree yet')
  }
  return {
    latest: () => opened?.latest() ?? null,
    keys: () => opened?.keys() ?? [],
    tree: {
      subtree: (height, index) => opened?.tree.subtree(height, index) ?? nothing(),
      tile: (tile) => opened?.tree.tile(tile) ?? null,
      indexOf: (position, leaf) => opened?.tree.indexOf(position, leaf) ?? null,
      reaches: (position) => opened?.tree.reaches(position) ?? false,
    },
    state: () => opened?.state() ?? (isWanted ? 'catching up' : 'off'),
    fault: () => opened?.fault() ?? null,
    size: () => opened?.size() ?? 0,
    sealedAt: () => opened?.sealedAt() ?? 0,
    witnesses: () => opened?.witnesses() ?? new Map(),
    treeReaches: async (...asked) => {
      await ready
      return opened?.treeReaches(...asked) ?? false
    },
    stop: async () => {
      await ready
      await opened?.stop()
    },
  }
}
