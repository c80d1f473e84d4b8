/* SPDX-License-Identifier: BSD-2-Clause */
/* tty:DEVICE: 115200 bits a second, 8 data bits, no parity, 1 stop bit, nothing translated. */
#include "../transport.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static int make_raw(int fd)
{
    struct termios t;

    if (tcgetattr(fd, &t)) {
        return -errno;
    }
    cfmakeraw(&t);
    t.c_cflag = (t.c_cflag & ~(tcflag_t)(CSTOPB | CRTSCTS)) | CLOCAL | CREAD;
    cfsetspeed(&t, B115200);
    /* Two programs on one line would read each other's bytes. */
    return ioctl(fd, TIOCEXCL) || tcsetattr(fd, TCSANOW, &t) || tcflush(fd, TCIFLUSH) ? -errno : 0;
}

static int no_line(int error, const char *device)
{
    switch (error) {
    case -ENOTTY:
        return altview_fail(error, "%s is not a serial line", device);
    case -EACCES:
        return altview_fail(error, "may not open %s: become a member of its group (dialout?)",
                            device);
    case -EBUSY:
        return altview_fail(error, "another program uses %s: end it first", device);
    default:
        return altview_fail(error, "can't open %s: %s", device, strerrordesc_np(-error));
    }
}

int transport_open_tty(const char *rest, unsigned int flags, struct transport **transport)
{
    int fd;

    (void)flags;
    if (!*rest) {
        return altview_fail(-EINVAL, "tty: needs a device, as in tty:/dev/ttyS0");
    }
    do {
        fd = open(rest, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    } while (fd < 0 && errno == EINTR);
    int rc = fd < 0 ? -errno : make_raw(fd);
    if (rc) {
        if (fd >= 0) {
            close(fd);
        }
        return no_line(rc, rest);
    }
    return transport_over_fd(fd, SILENCE_MS, transport);
}
