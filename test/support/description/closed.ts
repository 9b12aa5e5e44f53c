import type { OpenApi, Schema } from '../../../src/http/description/openApi.ts'

/**
 * Closes every object of a description: a member that is not described is a fault. What is put together (`allOf`) is closed as a
 * whole. Clients are to pass over what they do not know, so the description itself closes nothing.
 */
const closeIn = (value: unknown, isPart: boolean): unknown => {
  if (Array.isArray(value)) return value.map((one) => closeIn(one, false))
  if (typeof value !== 'object' || value === null) return value
  const schema = value as Schema
  const closes = !isPart && (isProperties(schema.properties) || schema.allOf !== undefined)
  return {
    ...Object.fromEntries(
      Object.entries(value).map(([name, member]) => [
        name,
        name === 'allOf' && Array.isArray(member)
          ? member.map((one) => closeIn(one, true))
          : name === 'example' || name === 'examples' || name === 'enum' || name === 'const'
            ? member
            : closeIn(member, false),
      ]),
    ),
    ...(closes && schema.additionalProperties === undefined ? { unevaluatedProperties: false } : {}),
  }
}

/** `properties` may be the name of a member as well. */
const isProperties = (value: unknown): boolean => typeof value === 'object' && value !== null && !('type' in value)

export const closed = (document: OpenApi): object => closeIn(document, false) as object
