import type { Figure, Measurement, Scale } from '../measurement.ts'
import { checkOut } from './checkout.ts'
import { emptyAgainst } from './empty.ts'
import { eventStoreDbAgainst } from './eventStoreDb.ts'
import { ingestAgainst } from './ingest.ts'
import { manyAgainst } from './many.ts'
import { pastAgainst } from './past.ts'
import { type Sides, sidesOf } from './sides.ts'
import { startAgainst } from './start.ts'
import { sustainedAgainst } from './sustained.ts'
import { tailAgainst } from './tail.ts'

const PARTS: Readonly<Record<string, (sides: Sides, scale: Scale) => Promise<readonly Figure[]>>> = {
  ingest: ingestAgainst,
  tail: tailAgainst,
  sustained: sustainedAgainst,
  start: startAgainst,
  empty: emptyAgainst,
  past: pastAgainst,
  many: manyAgainst,
  eventstoredb: eventStoreDbAgainst,
}

/** What this checkout can be measured in against another one. */
export const AGAINST_NAMES = Object.keys(PARTS)

/** This checkout against another commit of the project: both run on this machine, interleaved, in the same run. */
export const against = (ref: string): readonly Measurement[] => {
  let sides: Sides | undefined
  return Object.entries(PARTS).map(([name, measure]) => ({
    name,
    run: (scale) => {
      sides ??= sidesOf(checkOut(ref))
      return measure(sides, scale)
    },
  }))
}
