import { alteredEvents } from '../eventStore/sqlite/alteredEvents.ts'
import { tellAltered } from '../eventStore/tellAltered.ts'
import { type Finding, fault, ok } from './finding.ts'
import { lookInto } from './lookInto.ts'

const OF = 'events'

/** Whether the events of an embedded log are what was received. Reads all of it; what cannot be read is told elsewhere. */
export const lookAtEvents = async (file: string): Promise<readonly Finding[]> => {
  try {
    return await lookInto(file, (db) => {
      const altered = alteredEvents(db)
      return [
        altered.length === 0 ? ok(OF, 'each holds the payload that was received') : fault(OF, tellAltered(altered)),
      ]
    })
  } catch {
    return []
  }
}
