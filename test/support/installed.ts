import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'

/** Where daemons are, which the path of a user need not name. */
const PLACES = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin']

const find = (program: string): string | null =>
  PLACES.map((place) => join(place, program)).find((file) => {
    try {
      accessSync(file, constants.X_OK)
      return true
    } catch {
      return false
    }
  }) ?? null

/**
 * The file of a program that somebody else has to install. Where it is missing a line says what is not tested without it, and this is
 * `null`; with REQUIRE_TOOLS=1 it is an error.
 */
export const installed = (program: string, debianPackage: string, untested: string): string | null => {
  const file = find(program)
  if (file !== null) return file
  const missing = `${program} is not installed (Debian: ${debianPackage}): ${untested}`
  if (process.env['REQUIRE_TOOLS'] === '1') throw new Error(missing)
  console.log(missing)
  return null
}
