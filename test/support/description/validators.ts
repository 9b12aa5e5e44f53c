import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { DOCUMENT } from '../../../src/http/openapi/document.ts'
import { closed } from './closed.ts'

const ID = 'description'

let ajv: Ajv2020 | undefined

const theAjv = (): Ajv2020 => {
  if (ajv === undefined) {
    ajv = new Ajv2020({ strict: false })
    addFormats.default(ajv)
    ajv.addSchema(closed(DOCUMENT), ID)
  }
  return ajv
}

const compiled = new Map<string, ValidateFunction>()

/** What is wrong with a value, by the schema at this place of the description, closed; `null`: nothing. Compiled once, when first asked for. */
export const faultIn = (pointer: readonly string[], value: unknown): string | null => {
  const place = pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')
  const validate = compiled.get(place) ?? theAjv().compile({ $ref: `${ID}#/${place}` })
  compiled.set(place, validate)
  return validate(value) ? null : theAjv().errorsText(validate.errors, { separator: '; ' })
}
