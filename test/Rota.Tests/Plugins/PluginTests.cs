using System.Text;
using Rota.Jobs;
using Rota.Plugins;
using Rota.Schedules;
using Xunit;

namespace Rota.Tests.Plugins;

public sealed class PluginTests
{
    [Fact]
    public async Task A_single_file_is_compiled_and_its_jobs_run_by_kind_and_by_class_name()
    {
        await using var rota = await TestRota.StartAsync(
            prepare: folder => folder.Write("plugins/ask.cs", PluginCode.Saying("ask.one", "one")));

        Assert.Equal(PluginState.Loaded, Assert.Single(rota.Plugins.All).State);
        Assert.Contains("one", OutputOf(await rota.RunAsync("ask.one", new { })));
        Assert.Contains("one", OutputOf(await rota.RunAsync("ask:AskHandler", new { })));
    }

    [Fact]
    public async Task Broken_code_shows_file_and_line_and_the_last_good_version_stays()
    {
        await using var rota = await TestRota.StartAsync(
            prepare: folder => folder.Write("plugins/ask/job.cs", PluginCode.Saying("ask.two", "two")));
        var good = Assert.Single(rota.Plugins.All).Version;

        rota.Folder.Write("plugins/ask/job.cs", PluginCode.Saying("ask.two", "three") + "\nint wrong =");
        await rota.UntilPluginAsync("ask", plugin => plugin.State == PluginState.Stale);

        var plugin = Assert.Single(rota.Plugins.All);
        var error = plugin.Errors[0];
        Assert.Equal((Path.Combine("ask", "job.cs"), 19), (error.File, error.Line));
        Assert.Equal(good, plugin.Version);
        Assert.Contains("two", OutputOf(await rota.RunAsync("ask.two", new { })));
    }

    [Fact]
    public async Task A_running_attempt_ends_on_the_old_version_and_new_ones_start_on_the_new()
    {
        await using var rota = await TestRota.StartAsync(
            prepare: folder => folder.Write("plugins/ask.cs", PluginCode.Saying("ask.three", "old")));
        var first = await rota.EnqueueAsync("ask.three", new { Gate = rota.Folder.PathOf("gate") });
        await TestRota.UntilAsync(async () => (await rota.LogOfAsync(first)).Contains("old begins"));

        rota.Folder.Write("plugins/ask.cs", PluginCode.Saying("ask.three", "new"));
        var before = rota.Plugins.All[0].Version;
        await rota.UntilPluginAsync("ask", plugin => plugin.Version != before);

        Assert.Contains("new", OutputOf(await rota.RunAsync("ask.three", new { })));
        Assert.Equal(1, rota.Plugins.ReplacedCount);
        rota.Folder.Write("gate", "");
        Assert.Contains("old", OutputOf(await rota.EndOfAsync(first)));
        await AssertCollectedAsync(rota);
    }

    [Fact]
    public async Task A_removed_plug_in_takes_its_kinds_along_and_leaves_the_memory()
    {
        await using var rota = await TestRota.StartAsync(
            prepare: folder => folder.Write("plugins/ask.cs", PluginCode.Saying("ask.four", "four")));
        Assert.Contains("four", OutputOf(await rota.RunAsync("ask.four", new { })));

        File.Delete(rota.Folder.PathOf("plugins/ask.cs"));
        await PluginWait.UntilAsync(rota.Plugins, all => all.Count == 0);

        Assert.Equal(FailReason.Rejected, (await rota.RunAsync("ask.four", new { })).Reason);
        await AssertCollectedAsync(rota);
    }

    [Fact]
    public async Task A_rejected_job_runs_when_its_plug_in_appears()
    {
        await using var rota = await TestRota.StartAsync();
        var rejected = await rota.RunAsync("ask.five", new { });
        Assert.Equal(FailReason.Rejected, rejected.Reason);

        rota.Folder.Write("plugins/ask.cs", PluginCode.Saying("ask.five", "five"));

        var filter = new Rota.Storage.JobFilter { Kind = "ask.five", State = JobState.Succeeded };
        await TestRota.UntilAsync(async () =>
            (await rota.Jobs.ListAsync(filter, before: null, 10, CancellationToken.None)).Jobs
                .Any(job => job.RetryOf == rejected.Id));
    }

    [Fact]
    public async Task A_kind_of_another_plug_in_is_refused_until_that_one_gives_it_up()
    {
        await using var rota = await TestRota.StartAsync(prepare: folder =>
        {
            folder.Write("plugins/a.cs", PluginCode.Saying("ask.six", "first"));
            folder.Write("plugins/b.cs", PluginCode.Saying("ask.six", "second"));
        });
        Assert.Equal([PluginState.Loaded, PluginState.Broken], rota.Plugins.All.Select(plugin => plugin.State));
        Assert.Contains("'ask.six' of b is taken by a", rota.Plugins.All[1].Errors[0].Message);
        Assert.Contains("first", OutputOf(await rota.RunAsync("ask.six", new { })));

        File.Delete(rota.Folder.PathOf("plugins/a.cs"));

        await rota.UntilPluginAsync("b", plugin => plugin.State == PluginState.Loaded);
    }

    [Fact]
    public async Task What_is_wrong_with_one_plug_in_touches_no_other()
    {
        await using var rota = await TestRota.StartAsync(prepare: folder =>
        {
            folder.Write("plugins/noise/noise.dll", "no dll at all");
            folder.Write("plugins/thrower.cs", PluginCode.ThrowingStatic);
            folder.Write("plugins/empty.cs", "public class Nothing;");
            folder.Write("plugins/wrong name.cs", PluginCode.Saying("ask.wrong", "wrong"));
            folder.Write("plugins/zz.cs", PluginCode.Saying("ask.seven", "seven"));
            Compile(folder, "lost", withDependency: false);
        });

        Assert.Contains("seven", OutputOf(await rota.RunAsync("ask.seven", new { })));
        var errors = rota.Plugins.All.Where(plugin => plugin.State == PluginState.Broken)
            .ToDictionary(plugin => plugin.Name, plugin => plugin.Errors[0].Message);
        Assert.Equal(["empty", "lost", "noise", "thrower", "wrong name"], errors.Keys.Order());
        Assert.Contains("no luck today", errors["thrower"]);
        Assert.Contains("dependency.dll", errors["lost"]);
        Assert.Contains("no .NET assembly", errors["noise"]);
        Assert.Contains("IJobHandler", errors["empty"]);
    }

    [Fact]
    public async Task A_dll_runs_with_its_own_dependency_and_its_files_can_be_replaced()
    {
        await using var rota = await TestRota.StartAsync(
            prepare: folder => Compile(folder, "greeter", withDependency: true));

        Assert.Contains("Moin, Mars", OutputOf(await rota.RunAsync("needs.dependency", new { Name = "Mars" })));
        using var _ = new FileStream(
            rota.Folder.PathOf("plugins/greeter/greeter.dll"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
    }

    [Fact]
    public async Task The_samples_compile_and_greet()
    {
        await using var rota = await TestRota.StartAsync(prepare: folder => folder.CopySamples());

        Assert.All(rota.Plugins.All, plugin => Assert.Empty(plugin.Errors));
        var id = await rota.RunScheduleAsync(new ScheduleDefinition
        {
            Name = "hello",
            Trigger = TriggerJson.Read("""{"every":"1h"}""", DateTimeOffset.UnixEpoch),
            Kind = "extensions.example.job:ExampleJob",
            Args = """{"name":"Mars"}"""u8.ToArray(),
            Secrets = new Dictionary<string, string> { ["token"] = "demo-token" },
        });
        Assert.Equal(JobState.Succeeded, (await rota.EndOfAsync(id)).State);
        var log = await rota.LogOfAsync(id);
        Assert.Contains("Hello, Mars", log);
        Assert.Contains("token of 10 characters", log);
        Assert.DoesNotContain("demo-token", log);
    }

    private static void Compile(TempFolder folder, string name, bool withDependency)
    {
        folder.Write("src/dependency.cs", PluginCode.Dependency);
        folder.Write("src/main.cs", PluginCode.UsesDependency);
        var (dependency, main) = (folder.PathOf("src/dependency.dll"), folder.PathOf($"src/{name}.dll"));
        Assert.Empty(PluginCompiler.Compile(dependency, [folder.PathOf("src/dependency.cs")]));
        Assert.Empty(PluginCompiler.Compile(main, [folder.PathOf("src/main.cs"), dependency]));
        Directory.CreateDirectory(folder.PathOf($"plugins/{name}"));
        File.Copy(main, folder.PathOf($"plugins/{name}/{name}.dll"));
        if (withDependency)
            File.Copy(dependency, folder.PathOf($"plugins/{name}/dependency.dll"));
    }

    private static string OutputOf(Job job)
    {
        Assert.True(job.State == JobState.Succeeded, $"{job.State}: {job.Error}");
        return Encoding.UTF8.GetString(job.Output!.Value.Span);
    }

    private static async Task AssertCollectedAsync(TestRota rota)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (rota.Plugins.ReplacedCount > 0)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await rota.Plugins.NextLook.WaitAsync(deadline.Token);
        }
    }
}
