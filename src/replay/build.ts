import type { EventStore } from '../eventStore/eventStore.ts'
import { openReadModelWriter } from '../readModel/database/writer.ts'
import type { Progress } from '../readModel/projection/progress.ts'
import { runProjection } from '../readModel/projection/runProjection.ts'
import { withProgressBar } from './progressBar.ts'

/** Fewer than in the service: a replay runs beside it. */
const STATES_KEPT = 1000

/** Projects a log that comes to an end into `file`, from where that stands, and shows with `show` how far it has come. */
export const build = async (
  store: EventStore,
  file: string,
  progressed: (progress: Progress) => void,
  show: typeof withProgressBar = withProgressBar,
): Promise<void> => {
  const model = openReadModelWriter(file)
  try {
    const { shown, stop } = await show(store, model.checkpoint())
    try {
      await runProjection(shown, model, new AbortController().signal, progressed, {
        statesKept: STATES_KEPT,
      })
    } finally {
      stop()
    }
  } finally {
    model.close()
  }
}
