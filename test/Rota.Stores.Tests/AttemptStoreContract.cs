using Microsoft.Extensions.Logging;
using Rota.Jobs;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>Attempts, their logs and their progress.</summary>
public abstract class AttemptStoreContract : StoreContract
{
    [Fact]
    public async Task Attempts_stand_oldest_first_with_the_running_one_last()
    {
        var first = await InsertAndClaimAsync();
        await EndAsync(first, JobEvent.Fail);
        await Jobs.HurryAsync(first.Id, Now, Stop);
        await ClaimOneAsync();

        var attempts = await Store.Attempts.ListAsync(first.Id, Stop);

        Assert.Equal([(1, AttemptOutcome.Failed), (2, null)],
            attempts.Select(attempt => (attempt.Number, attempt.Outcome)));
        Assert.Equal(new AttemptError("boom", "it broke", "at here"), attempts[0].Error);
        Assert.Null(attempts[1].EndedAt);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public async Task A_success_leaves_an_attempt_only_when_it_logged(bool hasLog, int count)
    {
        var job = await InsertAndClaimAsync();

        await EndAsync(Ended(job, JobEvent.Succeed) with { HasLog = hasLog });

        Assert.Equal(count, (await Store.Attempts.ListAsync(job.Id, Stop)).Count);
    }

    [Fact]
    public async Task An_unknown_job_has_no_attempts_and_no_log()
    {
        Assert.Empty(await Store.Attempts.ListAsync(new JobId(4711), Stop));
        Assert.Empty(await Store.Attempts.ReadLogAsync(new JobId(4711), token: null, after: null, 10, Stop));
    }

    [Fact]
    public async Task Lines_come_back_in_order_with_level_time_and_text()
    {
        var job = await InsertAndClaimAsync();
        var lines = Enumerable.Range(1, 3)
            .Select(n => new LogLine(
                job.Id, job.Token, n, Now + TimeSpan.FromMilliseconds(n), (LogLevel)n, $"line {n} ü"))
            .ToList();

        await Store.Attempts.ReportAsync([lines[2], lines[0]], [], Stop);
        await Store.Attempts.ReportAsync([lines[1]], [], Stop);

        Assert.Equal(lines, await Store.Attempts.ReadLogAsync(job.Id, token: null, after: null, 10, Stop));
    }

    [Fact]
    public async Task A_line_with_characters_that_no_text_should_have_is_kept_with_the_rest_of_it()
    {
        var job = await InsertAndClaimAsync();

        await Store.Attempts.ReportAsync([Line(job, 1, "a \0 and \ud83d, but \ud83d\ude00 ü")], [], Stop);

        var line = Assert.Single(await Store.Attempts.ReadLogAsync(job.Id, token: null, after: null, 10, Stop));
        Assert.StartsWith("a ", line.Text);
        Assert.EndsWith(", but \ud83d\ude00 ü", line.Text);
    }

    [Fact]
    public async Task A_log_is_read_page_by_page_over_all_attempts()
    {
        var first = await InsertAndClaimAsync();
        await Store.Attempts.ReportAsync([Line(first, 1), Line(first, 2), Line(first, 3)], [], Stop);
        await EndAsync(first, JobEvent.Rescue);
        var second = await ClaimOneAsync();
        await Store.Attempts.ReportAsync([Line(second, 1), Line(second, 2)], [], Stop);

        var seen = new List<LogPosition>();
        for (LogPosition? after = null; ;)
        {
            var page = await Store.Attempts.ReadLogAsync(first.Id, token: null, after, limit: 2, Stop);
            if (page.Count == 0)
                break;
            seen.AddRange(page.Select(line => new LogPosition(line.Token, line.Number)));
            after = seen[^1];
        }

        Assert.Equal([(first.Token, 1), (first.Token, 2), (first.Token, 3), (second.Token, 1), (second.Token, 2)],
            seen.Select(position => (position.Token, position.Number)));
    }

    [Fact]
    public async Task The_end_of_a_log_is_read_over_all_attempts_oldest_first()
    {
        var first = await InsertAndClaimAsync();
        await Store.Attempts.ReportAsync([Line(first, 1), Line(first, 2), Line(first, 3)], [], Stop);
        await EndAsync(first, JobEvent.Rescue);
        var second = await ClaimOneAsync();
        await Store.Attempts.ReportAsync([Line(second, 1), Line(second, 2)], [], Stop);

        var end = await Store.Attempts.ReadLogEndAsync(first.Id, limit: 3, Stop);

        Assert.Equal([(first.Token, 3), (second.Token, 1), (second.Token, 2)],
            end.Select(line => (line.Token, line.Number)));
        Assert.Equal(5, (await Store.Attempts.ReadLogEndAsync(first.Id, limit: 10, Stop)).Count);
        Assert.Empty(await Store.Attempts.ReadLogEndAsync(new JobId(4711), limit: 10, Stop));
    }

    [Fact]
    public async Task A_log_can_be_read_of_one_attempt_only()
    {
        var first = await InsertAndClaimAsync();
        await Store.Attempts.ReportAsync([Line(first, 1, "old")], [], Stop);
        await EndAsync(first, JobEvent.Rescue);
        var second = await ClaimOneAsync();
        await Store.Attempts.ReportAsync([Line(second, 1, "new")], [], Stop);

        var lines = await Store.Attempts.ReadLogAsync(first.Id, second.Token, after: null, 10, Stop);

        Assert.Equal("new", Assert.Single(lines).Text);
    }

    [Fact]
    public async Task A_line_reported_twice_is_kept_once()
    {
        var job = await InsertAndClaimAsync();

        await Store.Attempts.ReportAsync([Line(job, 1)], [], Stop);
        await Store.Attempts.ReportAsync([Line(job, 1)], [], Stop);

        Assert.Single(await Store.Attempts.ReadLogAsync(job.Id, token: null, after: null, 10, Stop));
    }

    [Fact]
    public async Task Lines_of_a_job_that_was_deleted_meanwhile_are_not_kept()
    {
        var job = await InsertAndClaimAsync();
        await EndAsync(Ended(job, JobEvent.Succeed) with { IsKept = false });

        await Store.Attempts.ReportAsync([Line(job, 1)], [], Stop);

        Assert.Empty(await Store.OrphansAsync());
    }

    [Fact]
    public async Task The_last_word_of_progress_is_shown_while_the_job_runs()
    {
        var job = await InsertAndClaimAsync();
        var note = new ProgressNote(job.Id, job.Token, new Progress(1, 4, "one"));

        await Store.Attempts.ReportAsync([], [note], Stop);
        await Store.Attempts.ReportAsync([], [note with { Progress = new Progress(2.5, null, null) }], Stop);

        Assert.Equal(new Progress(2.5, null, null), (await GetAsync(job.Id)).Progress);
    }

    [Fact]
    public async Task Progress_with_an_old_token_is_not_shown()
    {
        var old = await InsertAndClaimAsync();
        await EndAsync(old, JobEvent.Rescue);
        await ClaimOneAsync();

        await Store.Attempts.ReportAsync([], [new ProgressNote(old.Id, old.Token, new Progress(1, null, null))], Stop);

        Assert.Null((await GetAsync(old.Id)).Progress);
    }
}
