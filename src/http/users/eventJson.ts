import type { RecordedEvent } from '../../eventStore/recordedEvent.ts'

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/**
 * The event as recorded, with the stored texts as they are; one that is no JSON as a string, named in `notJson`. `altered`
 * stands in it where its payload is not the one that was received.
 */
export const eventJson = (
  { eventId, type, stream, revision, position, data, metadata }: RecordedEvent,
  altered: boolean,
): string => {
  const notJson = Object.entries({ metadata, data }).flatMap(([name, text]) => (isJson(text) ? [] : [name]))
  const head = {
    eventId,
    type,
    stream,
    revision,
    position,
    ...(altered ? { altered } : {}),
    ...(notJson.length > 0 ? { notJson } : {}),
  }
  const shown = (name: string, text: string): string => (notJson.includes(name) ? JSON.stringify(text) : text)
  const texts = `"metadata":${shown('metadata', metadata)},"data":${shown('data', data)}`
  return `${JSON.stringify(head).slice(0, -1)},${texts}}`
}
