/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/descriptor.h"

#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

ssize_t descriptor_send(int socket, const void *bytes, size_t size, int file, int flags)
{
    union {
        struct cmsghdr header;
        uint8_t room[CMSG_SPACE(sizeof(file))];
    } control = {0};
    struct iovec part = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = size};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.room,
                             .msg_controllen = sizeof(control.room)};
    struct cmsghdr *passed = CMSG_FIRSTHDR(&message);

    *passed = (struct cmsghdr){
        .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(file))};
    memcpy(CMSG_DATA(passed), &file, sizeof(file));
    return sendmsg(socket, &message, flags | MSG_NOSIGNAL);
}
