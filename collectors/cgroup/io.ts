import { counter, type Shape } from '../parse/shape.ts'

/** Bytes that a service had read from and written to disks. */
export const IO_SHAPE: Shape = {
  measurement: 'cgroup',
  fields: [counter('read_bytes', 'B'), counter('write_bytes', 'B')],
}
