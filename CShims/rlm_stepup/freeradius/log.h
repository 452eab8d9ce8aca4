#pragma once

// Own declarations in place of a header that Debian's libfreeradius-dev leaves out; `make check-abi` compares.

typedef enum log_type {
    L_INFO = 3,
    L_ERR = 4,
    L_WARN = 5,
    L_DBG = 16,
} log_type_t;

typedef enum log_lvl {
    L_DBG_LVL_DISABLE = -1,
    L_DBG_LVL_OFF = 0,
    L_DBG_LVL_1,
    L_DBG_LVL_2,
} log_lvl_t;

typedef void (*radlog_func_t)(log_type_t type, log_lvl_t level, REQUEST *request, char const *format, va_list values);

int radlog(log_type_t type, char const *format, ...) __attribute__((format(printf, 2, 3)));

void radlog_request(log_type_t type, log_lvl_t level, REQUEST *request, char const *format, ...)
    __attribute__((format(printf, 4, 5)));
