/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls of introspection programs that find a guest and read its memory, with Debian's headers
 * and linked with Debian's libraries. The program prints the results; `altview xen-env` starts it.
 * usage: looker NAME
 */
#define XC_WANT_COMPAT_MAP_FOREIGN_API
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xenctrl.h>
#include <xenforeignmemory.h>
#include <xenstore.h>

#include <xen/hvm/save.h>

#define PAGE 4096

static xc_interface *xch;

static void tell(const char *what, long long value)
{
    printf("%s: %lld\n", what, value);
}

static void ask_the_kernel(void)
{
    char text[16] = "";
    FILE *type = fopen("/sys/hypervisor/type", "r");
    int fd = open("/sys/hypervisor/version/minor", O_RDONLY);

    if (type && fgets(text, sizeof(text), type)) {
        printf("hypervisor: %s", text);
        fclose(type);
    }
    memset(text, 0, sizeof(text));
    if (read(fd, text, sizeof(text) - 1) > 0) {
        printf("minor: %s", text);
        close(fd);
    }
}

/* The last domain of that name. */
static uint32_t find(const char *name)
{
    struct xs_handle *xs = xs_open(0);
    unsigned int count = 0, length = 0;
    char **ids = xs ? xs_directory(xs, XBT_NULL, "/local/domain", &count) : NULL;
    char path[64], *text;
    uint32_t domid = 0;

    tell("domains", count);
    for (unsigned int i = 0; i < count; i++) {
        snprintf(path, sizeof(path), "/local/domain/%s/name", ids[i]);
        text = xs_read(xs, XBT_NULL, path, &length);
        if (text && !strcmp(text, name)) {
            tell("name's length", length);
            domid = (uint32_t)atoi(ids[i]);
        }
        free(text);
    }
    free(ids);
    text = xs_read(xs, XBT_NULL, "/local/domain/1/vm", NULL);
    printf("vm: %.4s\n", text ? text : "none");
    free(text);
    tell("introduced", xs_is_domain_introduced(xs, domid));
    tell("no such path", xs_read(xs, XBT_NULL, "/local/domain/1/memory", NULL) == NULL);
    if (xs_watch(xs, "@releaseDomain", "token")) {
        ids = xs_read_watch(xs, &count);
        printf("watch: %s %s\n", ids[XS_WATCH_PATH], ids[XS_WATCH_TOKEN]);
        free(ids);
        tell("unwatch", xs_unwatch(xs, "@releaseDomain", "token"));
    }
    xs_close(xs);
    return domid;
}

static void describe(uint32_t domid)
{
    xc_domaininfo_t info[4];
    xen_pfn_t last = 0;
    uint64_t mode = 99;

    tell("version", xc_version(xch, XENVER_version, NULL));
    tell("domains from 1 on", xc_domain_getinfolist(xch, 1, 4, info));
    tell("domains from 2 on", xc_domain_getinfolist(xch, 2, 4, info));
    tell("its number", info[0].domain);
    tell("pages", (long long)info[0].tot_pages);
    tell("last vCPU", info[0].max_vcpu_id);
    tell("hvm", info[0].flags & XEN_DOMINF_hvm_guest);
    tell("maximum gpfn", xc_domain_maximum_gpfn(xch, domid, &last));
    tell("  gfn", (long long)last);
    tell("altp2m", xc_hvm_param_get(xch, domid, HVM_PARAM_ALTP2M, &mode));
    tell("  mode", (long long)mode);
    tell("  set to what it is", xc_hvm_param_set(xch, domid, HVM_PARAM_ALTP2M, mode));
    tell("  set to another", xc_hvm_param_set(xch, domid, HVM_PARAM_ALTP2M, mode - 1));
    tell("setmaxmem", xc_domain_setmaxmem(xch, domid, ~0ULL));
    tell("setmaxmem of domain 0", xc_domain_setmaxmem(xch, 0, 0));
    tell("unpause", xc_domain_unpause(xch, domid));
    tell("pause", xc_domain_pause(xch, domid));
    tell("unpause", xc_domain_unpause(xch, domid));
}

static void look_at_registers(uint32_t domid)
{
    static vcpu_guest_context_any_t context;
    struct hvm_hw_cpu cpu;
    int size = xc_domain_hvm_getcontext(xch, domid, NULL, 0);
    uint8_t *saved = malloc((size_t)size);

    tell("pause", xc_domain_pause(xch, domid));
    tell("getcontext", xc_vcpu_getcontext(xch, domid, 1, &context));
    context.x64.user_regs.rbx = 0x1234;
    tell("setcontext", xc_vcpu_setcontext(xch, domid, 1, &context));
    tell("partial",
         xc_domain_hvm_getcontext_partial(xch, domid, HVM_SAVE_CODE(CPU), 1, &cpu, sizeof(cpu)));
    tell("  rbx", (long long)cpu.rbx);
    tell("  cr3 is the same", cpu.cr3 == context.x64.ctrlreg[3]);
    tell("  no such vCPU",
         xc_domain_hvm_getcontext_partial(xch, domid, HVM_SAVE_CODE(CPU), 2, &cpu, sizeof(cpu)));
    tell("saved", xc_domain_hvm_getcontext(xch, domid, saved, (uint32_t)size) == size);
    tell("too small", xc_domain_hvm_getcontext(xch, domid, saved, (uint32_t)size - 1));
    memcpy(&cpu, saved + size - sizeof(struct hvm_save_descriptor) - sizeof(cpu), sizeof(cpu));
    tell("  rbx of the last", (long long)cpu.rbx);
    tell("unpause", xc_domain_unpause(xch, domid));
    free(saved);
}

/* By a store into a mapping, which the program then unmaps, as LibVMI writes. */
static void write_and_read(uint32_t domid)
{
    const xen_pfn_t pages[] = {7, 5, 6};
    xen_pfn_t bad[] = {5, 1U << 30};
    int errors[2] = {1, 1};
    char *writes = xc_map_foreign_range(xch, domid, PAGE, PROT_WRITE | PROT_READ, 5);
    char *reads = xc_map_foreign_pages(xch, domid, PROT_READ, pages, 3);

    memcpy(writes + 100, "stored", 7);
    munmap(writes, PAGE);
    printf("after munmap: %s\n", reads + PAGE + 100);
    writes = xc_map_foreign_range(xch, domid, 2 * PAGE, PROT_WRITE | PROT_READ, 5);
    memcpy(writes + PAGE - 2, "over", 5);
    tell("a call", xc_domain_setmaxmem(xch, domid, 0));
    printf("after a call: %.2s%s\n", reads + 2 * PAGE - 2, reads + 2 * PAGE);
    munmap(writes, 2 * PAGE);
    munmap(reads, 3 * PAGE);
    tell("no such page", xc_map_foreign_pages(xch, domid, PROT_READ, bad, 2) == NULL);
    reads = xc_map_foreign_bulk(xch, domid, PROT_READ, bad, errors, 2);
    printf("in bulk: %s, errors %d %d\n", reads + 100, errors[0], errors[1]);
    munmap(reads, 2 * PAGE);
}

static void use_foreignmemory(uint32_t domid)
{
    xenforeignmemory_handle *fmem = xenforeignmemory_open(NULL, 0);
    const xen_pfn_t page = 9;
    char *at = xenforeignmemory_map(fmem, domid, PROT_READ | PROT_WRITE, 1, &page, NULL);

    strcpy(at, "foreign");
    tell("unmap", xenforeignmemory_unmap(fmem, at, 1));
    at = xenforeignmemory_map(fmem, domid, PROT_READ, 1, &page, NULL);
    printf("then: %s\n", at);
    tell("unmap", xenforeignmemory_unmap(fmem, at, 1));
    tell("close", xenforeignmemory_close(fmem));
}

int main(int count, char **arguments)
{
    uint32_t domid;

    (void)count;
    ask_the_kernel();
    domid = find(arguments[1]);
    tell("domid", domid);
    xch = xc_interface_open(NULL, NULL, 0);
    describe(domid);
    look_at_registers(domid);
    write_and_read(domid);
    use_foreignmemory(domid);
    return xc_interface_close(xch);
}
