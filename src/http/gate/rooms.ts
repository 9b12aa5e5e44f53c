import type { Source } from './sourceAddress.ts'

/** A place that is taken. */
interface Place {
  readonly source: Source
  /** Asks whoever has it to do without; gives whether he can. */
  readonly giveUp: () => boolean
}

/** Places for what takes much memory: so many in all, and so many of one source. */
export interface Rooms {
  /**
   * Takes a place; gives how it is left again, or `null` where none is free for this source: of one that has spent too much (`isWithin`) only one. Whoever
   * is slow makes room for who comes: where one source has all that are its own, the oldest of these that can (`giveUp`); where all are taken, of
   * the source that has the most, and more than this one.
   */
  readonly enter: (source: Source, giveUp?: () => boolean, isWithin?: boolean) => (() => void) | null
}

export const roomsFor = (ofAll: number, ofOne: number): Rooms => {
  /** In the order in which they were taken. */
  const places = new Set<Place>()
  const of = (source: Source): readonly Place[] => [...places].filter((place) => place.source === source)

  const makeRoom = (among: readonly Place[]): boolean => {
    const going = among.find(({ giveUp }) => giveUp())
    if (going !== undefined) places.delete(going)
    return going !== undefined
  }
  /** Of those that have more than somebody, and his own. */
  const fullestFirst = (source: Source, own: number): readonly Place[] =>
    [...Map.groupBy(places, (place) => place.source)]
      .filter(([holder, held]) => held.length > own || holder === source)
      .map(([, held]) => held)
      .sort((a, b) => b.length - a.length)
      .flat()

  return {
    enter: (source, giveUp = () => false, isWithin = true) => {
      const most = isWithin ? ofOne : 1
      let own = of(source)
      for (; own.length >= most; own = of(source)) if (!makeRoom(own)) return null
      if (places.size === ofAll && !makeRoom(fullestFirst(source, own.length))) return null
      const place: Place = { source, giveUp }
      places.add(place)
      return () => void places.delete(place)
    },
  }
}
