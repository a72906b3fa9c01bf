/** First bytes of an LVM device header, as a little-endian number. */
export const LVM_MAGIC = 0xc001d00d;
/** First bytes of a file system header: VMFS. */
export const FS_MAGIC = 0x2fabf15e;
/** First bytes of a file system header: VMFS-L, which ESXi 7 keeps its own data in. */
export const FS_LOCAL_MAGIC = 0x2fabf15f;

export const HEARTBEAT_FREE = 0xabcdef01;
export const HEARTBEAT_IN_USE = 0xabcdef02;

const MIB = 1024 * 1024;

/** From a partition's start to its LVM device header. */
export const LVM_AT = MIB;
/** From the start of the logical volume to the file system's header. */
export const FS_AT = 2 * MIB;
/** From the start of the logical volume to the first heartbeat. */
export const HEARTBEAT_AT = 3 * MIB;
/** Where the data of every volume seen so far begins; used only where no header tells. */
export const USUAL_DATA_OFFSET = 17 * MIB;
/** Bytes of a physical extent up to LVM 5. */
export const PE_LENGTH = 256 * MIB;
/** What metadata is aligned to in LVM 6 where the header does not say. */
export const LVM6_ALIGNMENT = 4096;
