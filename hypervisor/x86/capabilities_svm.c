/* SPDX-License-Identifier: BSD-2-Clause */
/* AMD-V: the features that altview needs, and those that it uses if present (APM Vol. 2 15.4, Vol.
 * 3 appendix E.4). */
#include "capabilities_svm.h"

#include "x86/capability_table.h"

/* CPUID 8000_0001. */
#define ECX_SVM     2
#define EDX(bit)    (32 + (bit))
#define ASIDS_LEAST 3 /* the host's, the waiting guest's, and one for the guest (svm/asid.h) */

/* VM_CR (APM Vol. 2 15.30.1). */
#define VM_CR_LOCK   (UINT64_C(1) << 3)
#define VM_CR_SVMDIS (UINT64_C(1) << 4)

#define MEMBER(member) offsetof(struct svm_capabilities, member)

static const struct capability required_rows[] = {
    {"nested paging", MEMBER(features), 0, 0},
    {"no-execute pages", MEMBER(extended), EDX(20), 0},
};

static const struct capability optional_rows[] = {
    {"NRIP save", MEMBER(features), 3, MEMBER(nrip_save)},
    {"flush by ASID", MEMBER(features), 6, MEMBER(flush_by_asid)},
    {"decode assists", MEMBER(features), 7, MEMBER(decode_assists)},
    {"VMCB clean bits", MEMBER(features), 5, MEMBER(vmcb_clean)},
    {"LBR virtualization", MEMBER(features), 1, MEMBER(lbr)},
    {"virtual GIF", MEMBER(features), 16, MEMBER(vgif)},
    {"1G nested pages", MEMBER(extended), EDX(26), MEMBER(pages_1g)},
};

const struct capability_table svm_required = CAPABILITY_TABLE(required_rows);
const struct capability_table svm_optional = CAPABILITY_TABLE(optional_rows);

static bool refuse(struct svm_capabilities *svm, const char *why)
{
    capability_append(svm->lacks, sizeof(svm->lacks), "", why);
    return false;
}

/* APM Vol. 2 15.4: the reason why SVM can't be used. */
static bool is_on(struct svm_capabilities *svm)
{
    if (!(svm->extended >> ECX_SVM & 1)) {
        return refuse(svm, "this CPU has no AMD-V: SVM is missing (CPUID.8000_0001:ECX.2)");
    }
    if (svm_vm_cr(svm->vm_cr) & VM_CR_SVMDIS) {
        return refuse(svm, "this CPU has no AMD-V: SVM is off in the BIOS, and locked "
                           "(VM_CR.SVMDIS); switch it on in the firmware's setup");
    }
    return true;
}

bool svm_capabilities_check(struct svm_capabilities *svm)
{
    static const char lead[] = "this CPU's AMD-V lacks ";
    bool complete;

    svm->lacks[0] = '\0';
    if (!is_on(svm)) {
        return false;
    }
    complete = capability_require(svm, &svm_required, lead, svm->lacks, sizeof(svm->lacks));
    if (svm->asids < ASIDS_LEAST) {
        capability_append(svm->lacks, sizeof(svm->lacks), complete ? lead : ", ",
                          "an ASID for the guest");
        complete = false;
    }
    capability_note(svm, &svm_optional);
    return complete;
}

void svm_capabilities_describe(const struct svm_capabilities *svm, char *text, size_t size)
{
    capability_describe(svm, &svm_optional, text, size);
}

const char *svm_capabilities_lack(const struct svm_capabilities *first,
                                  const struct svm_capabilities *other)
{
    return other->asids < first->asids ? "as many ASIDs"
                                       : capability_lack(first, other, &svm_optional);
}

uint64_t svm_vm_cr(uint64_t now)
{
    return now & VM_CR_LOCK ? now : now & ~VM_CR_SVMDIS;
}
