import type { UserId } from '../../domain/identifiers.ts'
import { openReadModelWriter } from '../readModel/database/writer.ts'

const LISTED = 20

/** The users of a read model who are `unknown` because events were taken out of their streams. */
export const usersWhoLostEvents = (file: string): readonly UserId[] => {
  const model = openReadModelWriter(file)
  try {
    return [...new Set((['history-removed', 'history-incomplete'] as const).flatMap(model.usersWith))]
  } finally {
    model.close()
  }
}

/** For a person. */
export const tellTakenOut = (users: readonly UserId[]): string => {
  const some = users.slice(0, LISTED).join(', ')
  const more = users.length > LISTED ? ` and ${users.length - LISTED} more` : ''
  return `events of ${users.length} users were taken out of the log, who are unknown from it: ${some}${more}`
}
