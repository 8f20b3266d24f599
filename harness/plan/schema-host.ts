import { z } from 'zod'
import { AssumeSection, FilePath } from './schema-words.ts'

/** A secret by reference: exactly one of the two. `part`: what of the file it is. */
const secretSection = (part: string) =>
  z
    .strictObject({
      env: z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable')
        .optional()
        .describe('Name of an environment variable.'),
      file: FilePath.optional().describe(`Path of a file of yours with mode 0600; ${part}.`),
    })
    .refine(ref => (ref.env === undefined) !== (ref.file === undefined), 'takes either env or file')
    .describe('A reference to a secret; never the secret itself.')

export const SecretSection = secretSection('its first line is the secret')
export type SecretSection = z.output<typeof SecretSection>

/** Credentials of registries, as programs keep them that log in there. */
export const RegistryAuthSection = secretSection('a config.json as docker, podman and skopeo login write it')

/** A name, an alias, or an address; a leading hyphen could be read as an option by a program. */
const Address = z
  .string()
  .regex(
    /^(?!-)[^\s\p{Cc}[\]@/]{1,255}$/u,
    'must be a host name, an alias, an IPv4 address or an IPv6 address without brackets',
  )

const connection = {
  address: Address.describe('Host name, alias from ssh_config, IPv4, or IPv6 without brackets.'),
  port: z.number().int().min(1).max(65_535).optional().describe("Port. Default: ssh_config's, else 22."),
  user: z
    .string()
    .regex(/^(?!-)[^\s\p{Cc}:]{1,64}$/u, 'must be a user name')
    .optional()
    .describe("User. Default: ssh_config's, else yours."),
  identity: FilePath.optional().describe("Private key. Default: ssh_config's, agent, usual names."),
  passphrase: SecretSection.optional().describe(
    'Passphrase of the key, by reference. Default: agent or prompt.',
  ),
  host_key: z
    .string()
    .regex(
      /^SHA256:[A-Za-z0-9+/]{43}$/,
      'must look like SHA256: and 43 characters, as `ssh-keygen -lf` prints it',
    )
    .optional()
    .describe('Pinned fingerprint of the host key. Default: known_hosts decides.'),
  known_hosts: FilePath.optional().describe('known_hosts file. Default: your own and the system’s.'),
  config: FilePath.optional().describe('ssh_config file instead of your own; `none`: no file.'),
}

const JumpSection = z.union([Address, z.strictObject(connection)])

export const HostSection = z
  .strictObject({
    ...connection,
    jump: z
      .array(JumpSection)
      .min(1)
      .max(16)
      .optional()
      .describe(
        "Hosts to go through, first hop first: aliases or connections. Replaces ssh_config's ProxyJump.",
      ),
    assume: AssumeSection.optional(),
  })
  .describe('How a host is reached.')
export type HostSection = z.output<typeof HostSection>
export type JumpSection = z.output<typeof JumpSection>
