package panel

// Door modes (SCP_MODE_*).
const (
	ModeLocked     int32 = 1
	ModeUnlocked   int32 = 2
	ModeCard       int32 = 3
	ModeCardAndPIN int32 = 4
	ModeHost       int32 = 5
)

// Why a card was denied (SCP_DENY_*).
const (
	DenyNoAccess    int32 = 1
	DenyNotValidNow int32 = 2
	DenyWrongPIN    int32 = 3
	DenyDoorLocked  int32 = 4
	DenyHost        int32 = 5
	DenyHostTimeout int32 = 6
)

// Why a panel started (SCP_BOOT_*).
const (
	BootPower    int32 = 1
	BootCommand  int32 = 2
	BootWatchdog int32 = 3
	BootFirmware int32 = 4
	BootErase    int32 = 5
)

// States of a supervised input (SCP_INPUT_*).
const (
	InputSecure int32 = 1
	InputActive int32 = 2
	InputFault  int32 = 3
)

// Supplies (SCP_POWER_*).
const (
	PowerMains   int32 = 1
	PowerBattery int32 = 2
)

// What to do with a relay (SCP_OUTPUT_*).
const (
	outputOn    int32 = 1
	outputOff   int32 = 2
	outputPulse int32 = 3
)

// How far a firmware download is (SCP_FIRMWARE_*).
const (
	FirmwareLoading   int32 = 1
	FirmwareVerifying int32 = 2
	FirmwareDone      int32 = 3
	FirmwareFailed    int32 = 4
)
