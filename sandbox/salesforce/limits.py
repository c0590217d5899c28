"""The org's pool of API calls, and the other limits as /limits lists them."""

from __future__ import annotations

from sandbox.salesforce.refusals import RequestRefused

DAY_MAX = 100_000  # an Enterprise org without licences; the pool is the org's, not the app's
# Other applications of the org have called too. A budget that looks only at itself is wrong.
USED_BY_OTHERS = 1_250
OTHERS = {
    "ConcurrentAsyncGetReportInstances": 200, "ConcurrentSyncReportRuns": 20,
    "DailyAsyncApexExecutions": 250_000, "DailyBulkApiBatches": 15_000, "DailyBulkV2QueryJobs": 10_000,
    "DailyBulkV2QueryFileStorageMB": 976_562, "DailyDurableStreamingApiEvents": 10_000,
    "DailyStreamingApiEvents": 10_000, "DailyWorkflowEmails": 8_040, "DataStorageMB": 1_024,
    "FileStorageMB": 10_240, "HourlyAsyncReportRuns": 1_200, "MassEmail": 5_000, "SingleEmail": 5_000,
}  # fmt: skip


class Pool:
    """How many calls of the last 24 hours are used, and how many there are."""

    def __init__(self, most: int = DAY_MAX) -> None:
        self.most = most
        self.used = USED_BY_OTHERS

    def count(self) -> None:
        """This takes one call out of the pool, or refuses it."""
        if self.used >= self.most:
            raise empty()
        self.used += 1

    @property
    def header(self) -> str:
        return f"api-usage={self.used}/{self.most}"

    def shown(self) -> dict[str, dict[str, int]]:
        day = {"Max": self.most, "Remaining": self.most - self.used}
        others = {name: {"Max": most, "Remaining": most} for name, most in OTHERS.items()}
        return dict(sorted({"DailyApiRequests": day, **others}.items()))


def empty() -> RequestRefused:
    return RequestRefused(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
