#include "stepup_wire.h"
