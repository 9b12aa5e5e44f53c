import type { RecordedEvent } from '../../eventStore/recordedEvent.ts'

const BREAK = /[\r\n]/

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
 * stands in it where its payload is not the one that was received. A line makes spaces of line breaks: where `isLine`, texts that hold one
 * stand in `exact` as well, as strings, byte for byte.
 */
export const eventJson = (
  { eventId, type, stream, revision, position, data, metadata }: RecordedEvent,
  altered: boolean,
  isLine = false,
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
    ...(isLine && BREAK.test(data + metadata) ? { exact: { metadata, data } } : {}),
  }
  const shown = (name: string, text: string): string => (notJson.includes(name) ? JSON.stringify(text) : text)
  const texts = `"metadata":${shown('metadata', metadata)},"data":${shown('data', data)}`
  return `${JSON.stringify(head).slice(0, -1)},${texts}}`
}
