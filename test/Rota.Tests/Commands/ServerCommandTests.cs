using System.Text.Json;
using Rota.Commands;
using Xunit;

namespace Rota.Tests.Commands;

/// <summary>The commands against the real server, each test with one of its own on a free port.</summary>
public sealed class ServerCommandTests : ServerCommandFixture
{
    private async Task<string> EnqueueAsync(params string[] args)
    {
        Assert.Equal(ExitCode.Ok, await Run.RunAsync(["jobs", "enqueue", .. args, "--json"]));
        return JsonElement.Parse(Run.Output).Text("id");
    }

    [Fact]
    public async Task A_job_is_enqueued_waited_for_and_shown()
    {
        Assert.Equal(ExitCode.Ok, await Run.RunAsync("jobs", "enqueue", "shell.run", """argv:=["echo","hello"]""",
            "--wait"));
        Assert.Contains("succeeded", Run.Output);

        Assert.Equal(ExitCode.Ok, await Run.RunAsync("jobs", "list", "--state", "succeeded"));
        Assert.Contains("shell.run", Run.Output);

        Assert.Equal(ExitCode.Ok, await Run.RunAsync("jobs", "show", "1", "--json"));
        Assert.Equal("succeeded", JsonElement.Parse(Run.Output).Text("state"));
    }

    [Fact]
    public async Task Waiting_for_a_job_that_fails_exits_with_1()
    {
        var id = await EnqueueAsync("shell.run", """argv:=["false"]""", "--max-attempts", "1");

        Assert.Equal(ExitCode.Failed, await Run.RunAsync("jobs", "wait", id));
        Assert.Contains($"job {id} failed", Run.Output);
    }

    [Fact]
    public async Task What_is_not_there_exits_with_3_and_what_has_ended_with_4()
    {
        Assert.Equal(ExitCode.NotFound, await Run.RunAsync("jobs", "show", "99"));
        Assert.Equal(ExitCode.NotFound, await Run.RunAsync("jobs", "wait", "99"));

        var id = await EnqueueAsync("shell.run", """argv:=["true"]""");
        await Run.RunAsync("jobs", "wait", id);
        Assert.Equal(ExitCode.Conflict, await Run.RunAsync("jobs", "cancel", id));
        Assert.StartsWith("error: ", Run.Error);
    }

    [Fact]
    public async Task Jobs_are_canceled_in_bulk_only_after_a_counted_question()
    {
        await EnqueueAsync("later.kind", "--delay", "1h");
        await EnqueueAsync("later.kind", "--delay", "1h");

        Assert.Equal(ExitCode.Usage, await Run.RunAsync("jobs", "cancel", "--kind", "later.kind"));
        (Run.CanAsk, Run.Input) = (true, "n");
        Assert.Equal(ExitCode.Ok, await Run.RunAsync("jobs", "cancel", "--kind", "later.kind"));
        Assert.Contains("cancel 2 jobs (kind later.kind)?", Run.Error);
        Assert.Equal("", Run.Output);
        await Run.RunAsync("jobs", "cancel", "--kind", "later.kind", "--dry-run");
        Assert.Equal("2 jobs would be canceled\n", Run.Output);
        await Run.RunAsync("jobs", "cancel", "--kind", "later.kind", "--yes");
        Assert.Equal("2 jobs canceled\n", Run.Output);
    }

    [Fact]
    public async Task A_paused_queue_is_listed_as_paused()
    {
        Assert.Equal(ExitCode.Ok, await Run.RunAsync("queues", "pause", "mail"));
        await EnqueueAsync("some.kind", "--queue", "mail");

        await Run.RunAsync("queues", "list");
        Assert.Matches(@"mail\s+paused\s+1", Run.Output);
        await Run.RunAsync("jobs", "show", "1");
        Assert.Contains("is paused", Run.Output);
    }

    [Fact]
    public async Task A_limited_queue_is_listed_with_its_limit_until_that_is_lifted()
    {
        Assert.Equal(ExitCode.Ok, await Run.RunAsync("queues", "limit", "mail", "3"));
        Assert.Contains("queue mail runs at most 3 at once", Run.Output);
        await Run.RunAsync("queues", "list");
        Assert.Matches(@"mail\s+open\s+0\s+0\s+3", Run.Output);

        Assert.Equal(ExitCode.Usage, await Run.RunAsync("queues", "limit", "mail", "some"));
        Assert.Contains("such as 5, or none", Run.Error);
        Assert.Equal(ExitCode.Ok, await Run.RunAsync("queues", "limit", "mail", "none"));
        Assert.Contains("queue mail has no limit", Run.Output);
    }

    [Fact]
    public async Task A_secret_comes_from_standard_input_and_is_never_shown()
    {
        Run.Input = "s3cret-value\n";
        Assert.Equal(ExitCode.Ok, await Run.RunAsync("secrets", "set", "github"));

        await Run.RunAsync("secrets", "list");
        Assert.Contains("github", Run.Output);
        Assert.DoesNotContain("s3cret", Run.Output + Run.Error);
        Assert.Equal(ExitCode.Ok, await Run.RunAsync("secrets", "rotate"));
        Assert.Equal(ExitCode.Ok, await Run.RunAsync("secrets", "remove", "github"));
        Assert.Equal(ExitCode.NotFound, await Run.RunAsync("secrets", "remove", "github"));
    }

    [Fact]
    public async Task A_viewers_token_may_look_and_not_act()
    {
        await Run.RunAsync("tokens", "create", "eyes", "--role", "viewer");
        var token = Run.Output.Trim();

        Assert.Equal(ExitCode.Ok, await Run.RunAsync("jobs", "list", "--token", token));
        Assert.Equal(ExitCode.NotAllowed, await Run.RunAsync("queues", "pause", "x", "--token", token));
        Assert.Equal(ExitCode.NotAllowed, await Run.RunAsync("jobs", "list", "--token", "wrong"));
    }

    [Fact]
    public async Task A_login_is_kept_for_its_address()
    {
        Run.Input = "long enough password";
        Assert.Equal(ExitCode.Ok, await Run.RunAsync("users", "set", "root", "--role", "admin"));
        Assert.Equal(ExitCode.Ok, await Run.RunAsync("users", "set", "ada", "--role", "operator"));
        Assert.Equal(ExitCode.Ok, await Run.RunAsync("login", "--name", "ada"));
        File.Delete(Path.Combine(Run.Folder, "data", "local.token"));

        Assert.Equal(ExitCode.Ok, await Run.RunAsync("jobs", "list"));
        Assert.Equal(ExitCode.NotAllowed, await Run.RunAsync("users", "list"));
    }

    [Fact]
    public async Task The_log_of_a_job_is_printed_and_followed_to_its_end()
    {
        var id = await EnqueueAsync("shell.run", """argv:=["echo","one line"]""");

        Assert.Equal(ExitCode.Ok, await Run.RunAsync("jobs", "logs", id, "-f"));
        Assert.Contains("one line", Run.Output);
        Assert.Equal(ExitCode.Ok, await Run.RunAsync("jobs", "logs", id));
        Assert.Contains("one line", Run.Output);
    }

    [Fact]
    public async Task Another_server_on_the_same_folder_is_refused()
    {
        Assert.Equal(ExitCode.Storage, await Run.RunAsync("work"));
        Assert.Contains("one owner", Run.Error);
    }

    [Fact]
    public async Task An_open_address_without_an_administrator_is_refused()
    {
        Assert.Equal(ExitCode.Usage, await Run.RunAsync("serve", "--urls", "http://0.0.0.0:0", "--data", "other"));
        Assert.Contains("ROTA_ADMIN_PASSWORD", Run.Error);
    }

    [Fact]
    public async Task The_node_says_that_it_lives()
    {
        await Run.RunAsync("nodes", "list");
        Assert.Contains("working", Run.Output);
        Assert.Contains($"{Environment.ProcessId} on {Environment.MachineName}", Run.Output);
    }
}
