import { existsSync } from 'node:fs'
import { readKeyFile } from '../evidence/keyFile.ts'
import { ED25519_COSIGNATURE, ML_DSA_44_COSIGNATURE } from '../tlog/keys.ts'
import { type Signer, signer } from '../tlog/sign.ts'
import { witnessedFile } from './witnessed.ts'

/** What a witness signs with. Throws an `Error` that says what is wrong with the file. */
export const readWitnessKey = (file: string, name: string): readonly Signer[] => {
  const { ed25519, mlDsa } = readKeyFile(file)
  return [signer(name, ED25519_COSIGNATURE, ed25519), signer(name, ML_DSA_44_COSIGNATURE, mlDsa)]
}

/**
 * Whether a key has to be made: where there is none. Throws where there is one and what was seen under it is gone: a witness
 * that has forgotten would cosign another history.
 */
export const lacksKey = (keyFile: string, directory: string): boolean => {
  if (!existsSync(keyFile)) return true
  const witnessed = witnessedFile(directory)
  if (existsSync(witnessed)) return false
  throw new Error(
    `${witnessed} is missing: without it this witness would cosign, under the same key, another history than the one that it has seen. ` +
      `Put it back, or move ${keyFile} away: the next start makes a new key, whose verifier keys the logs have to be given`,
  )
}
