using Rota.Jobs;
using Rota.Web.Console.Jobs;
using Xunit;

namespace Rota.Tests.Web;

public sealed class ErrorGroupTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 30, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("connect to 10.0.0.7:25 timed out after 84 ms", "connect to … timed out after … ms")]
    [InlineData("no row 3f2504e0-4f89-11d3-9a0c-0305e82c3301", "no row …")]
    [InlineData("commit DEADBEEF0 at 0x1F is gone", "commit … at … is gone")]
    [InlineData("550 User unknown", "550 User unknown")]
    [InlineData("the server answered HTTP 503 in 1,200 ms", "the server answered HTTP 503 in … ms")]
    [InlineData("  first line\n   at Second.Line()", "first line")]
    [InlineData("decade facade", "decade facade")]
    public void What_differs_from_job_to_job_is_left_out(string error, string text) =>
        Assert.Equal(text, ErrorGroups.Normalize(error));

    [Fact]
    public void A_long_error_is_cut() => Assert.Equal(201, ErrorGroups.Normalize(new string('x', 5_000)).Length);

    [Fact]
    public void Jobs_that_failed_alike_stand_together_the_most_frequent_first()
    {
        var groups = ErrorGroups.Of(
        [
            Failed(9, "mail", "no route to host 4", hours: 0), Failed(8, "mail", "no route to host 77", hours: 30),
            Failed(7, "report", "no route to host 1", hours: 2), Failed(6, "mail", "no route to host 5", hours: 1),
            Failed(5, "report", null, hours: 3),
        ]);

        Assert.Equal(["mail: no route to host … 3", "report: no route to host … 1", "report: timeout 1"],
            groups.Select(group => $"{group.Kind}: {group.Text} {group.Jobs.Count}"));
        Assert.Equal(9, groups[0].Newest.Id.Value);
        Assert.Equal("no route to host", groups[0].Common);
        var trend = groups[0].Trend(Now);
        Assert.Equal((24, 2, 1, 1), (trend.Count, trend.Sum(), trend[^1], trend[^2]));
    }

    [Fact]
    public void Quantiles_are_of_the_nearest_rank()
    {
        Assert.Equal(new Quantiles(50, 95, 99), Quantiles.Of(Enumerable.Range(1, 100).Select(value => (double)value)));
        Assert.Equal(new Quantiles(7, 7, 7), Quantiles.Of([7]));
        Assert.True(double.IsNaN(Quantiles.Of([]).P50));
    }

    private static Job Failed(long id, string kind, string? error, int hours) => new()
    {
        Id = new JobId(id),
        Kind = kind,
        Queue = "default",
        Project = "default",
        Priority = 5,
        State = JobState.Failed,
        CreatedAt = Now.AddHours(-hours),
        EndedAt = Now.AddHours(-hours),
        Reason = FailReason.Timeout,
        Error = error,
    };
}
