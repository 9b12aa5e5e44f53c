import { formatMilliseconds } from '../../../domain/instant.ts'
import { type Course, type Step, stageOf } from '../../erasing/course.ts'

const stepJson = (step: Step | null) => (step === null ? null : { by: step.by, at: formatMilliseconds(step.at) })

/** An erasure as it is shown to who may ask about retention. */
export const erasureJson = (course: Course) => {
  const { erasure, userId, reason, ground, requested, confirmed, withdrawn, events, completed } = course
  return {
    erasure,
    userId,
    state: stageOf(course),
    reason,
    ground,
    requested: stepJson(requested),
    confirmed: stepJson(confirmed),
    withdrawn: withdrawn === null ? null : { ...stepJson(withdrawn), reason: withdrawn.reason },
    /** How many events are recorded to go. */
    events,
    completed: completed === null ? null : { at: formatMilliseconds(completed.at), files: completed.files },
  }
}
