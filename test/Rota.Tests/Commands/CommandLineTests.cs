using Rota.Commands;
using Xunit;

namespace Rota.Tests.Commands;

/// <summary>What needs no server: parsing, help, exit codes.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly CommandRun _run = new() { Variables = { ["ROTA_URL"] = "http://127.0.0.1:1" } };

    [Theory]
    [InlineData("jobs lst", "error: 'rota jobs' has no command 'lst'", "hint: did you mean 'rota jobs list'?")]
    [InlineData("jbos", "error: 'rota' has no command 'jbos'", "hint: did you mean 'rota jobs'?")]
    [InlineData("jobs", "error: ", "hint: see rota jobs --help")]
    [InlineData("jobs list --state sleeping", "error: ", "hint: see rota jobs list --help")]
    [InlineData("jobs cancel", "error: No job is named.", "hint: ")]
    [InlineData("jobs cancel 1 --state failed", "error: Give jobs or a filter, not both.", "hint: ")]
    [InlineData("schedules add x --cron a --every 1m", "error: ", "hint: ")]
    public async Task Wrong_use_exits_with_2_and_says_what_to_do(string line, string error, string hint)
    {
        Assert.Equal(ExitCode.Usage, await _run.RunAsync(line.Split(' ')));

        var lines = _run.Error.Split('\n');
        Assert.StartsWith(error, lines[0]);
        Assert.StartsWith(hint, lines[1]);
    }

    [Fact]
    public async Task Without_a_server_it_says_how_to_start_one()
    {
        _run.Variables.Clear();
        _run.Variables["ROTA_URL"] = "http://127.0.0.1:1/";

        Assert.Equal(ExitCode.NoServer, await _run.RunAsync("jobs", "list"));

        Assert.Equal("error: no Rota answers at http://127.0.0.1:1\nhint: start it: rota up\n", _run.Error);
    }

    [Fact]
    public async Task A_cron_expression_is_explained_without_a_server()
    {
        Assert.Equal(ExitCode.Ok, await _run.RunAsync("cron", "explain", "30 2 * * *", "--zone", "Europe/Berlin",
            "--after", "2026-03-28T00:00:00Z", "-n", "2", "--to", "quartz"));

        Assert.Equal("""
            At 02:30, every day (Europe/Berlin)
            2026-03-28 02:30:00 +01:00
            2026-03-29 03:00:00 +02:00  02:30 does not exist on 2026-03-29 in Europe/Berlin: runs at 03:00

            quartz: 0 30 2 * * ?
            - A local time that the clock skips runs right after the gap, as with Quartz.NET 4; older ones shift it by
            """.ReplaceLineEndings("\n"), string.Concat(_run.Output.Take(_run.Output.IndexOf(" the gap, 02:30"))));
    }

    [Fact]
    public async Task A_cron_expression_that_is_wrong_is_marked()
    {
        Assert.Equal(ExitCode.Usage, await _run.RunAsync("cron", "explain", "0 24 * * *"));

        Assert.StartsWith("error: The hour 24 is not from 0 to 23, at position 3.\nhint: ", _run.Error);
        Assert.EndsWith("0 24 * * *\n  ^\n", _run.Error);
    }

    [Fact]
    public async Task With_json_an_error_is_a_problem_object()
    {
        Assert.Equal(ExitCode.NoServer, await _run.RunAsync("jobs", "list", "--json"));

        var problem = System.Text.Json.JsonElement.Parse(_run.Error);
        Assert.Equal("server.unreachable", problem.GetProperty("code").GetString());
        Assert.Equal("start it: rota up", problem.GetProperty("hint").GetString());
    }

    [Fact]
    public async Task The_local_token_is_for_the_local_server_only()
    {
        var data = Directory.CreateDirectory(Path.Combine(_run.Folder, "data")).FullName;
        await File.WriteAllTextAsync(Path.Combine(data, "server.json"), """{"url":"http://127.0.0.1:8611","pid":1}""");
        await File.WriteAllTextAsync(Path.Combine(data, "local.token"), "secret\n");
        _run.Variables.Clear();

        Assert.Equal((new Uri("http://127.0.0.1:8611"), "secret"), ServerFinder.Find(_run.Terminal, null, null, null));
        Assert.Equal("secret", ServerFinder.Find(_run.Terminal, "http://localhost:8611", null, null).Token);
        Assert.Null(ServerFinder.Find(_run.Terminal, "http://127.0.0.1:9", null, null).Token);
        Assert.Null(ServerFinder.Find(_run.Terminal, "http://elsewhere.example:8611", null, null).Token);
    }

    [Fact]
    public async Task A_new_plugin_is_written_once()
    {
        Assert.Equal(ExitCode.Ok, await _run.RunAsync("plugins", "new", "greet"));
        var text = await File.ReadAllTextAsync(Path.Combine(_run.Folder, "plugins", "greet.cs"));
        Assert.Contains("[Job(\"greet.hello\"", text);

        Assert.Equal(ExitCode.Conflict, await _run.RunAsync("plugins", "new", "greet"));
        Assert.Equal(ExitCode.Usage, await _run.RunAsync("plugins", "new", "../greet"));
    }

    [Fact]
    public async Task The_template_of_a_plugin_compiles()
    {
        var source = Path.Combine(_run.Folder, "my-first_one.cs");
        await File.WriteAllTextAsync(source, PluginTemplate.Text("my-first_one"));

        Assert.Empty(Rota.Plugins.PluginCompiler.Compile(Path.Combine(_run.Folder, "out.dll"), [source]));
    }

    [Theory]
    [InlineData("bash"), InlineData("zsh"), InlineData("fish")]
    public async Task Completion_scripts_ask_the_program(string shell)
    {
        Assert.Equal(ExitCode.Ok, await _run.RunAsync("completion", shell));
        Assert.Contains("[suggest:", _run.Output);
    }

    [Fact]
    public async Task Suggestions_name_the_commands()
    {
        await _run.RunAsync("[suggest:6]", "jobs l");
        Assert.Equal(["list", "logs"], _run.Output.Split('\n',
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(word => word[0] == 'l'));
    }

    [Fact]
    public async Task Suggestions_are_words_and_options_only()
    {
        await _run.RunAsync("[suggest:5]", "jobs ");

        var words = _run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Contains("-h", words);
        Assert.All(words, word => Assert.Matches("^(-h|--[a-z]+|[a-z]+)$", word));
    }

    [Fact]
    public async Task The_doctor_works_without_a_server()
    {
        Assert.Equal(ExitCode.Ok, await _run.RunAsync("doctor"));
        Assert.Contains("SQLite 3.", _run.Output);
        Assert.Contains("no Rota answers", _run.Output);

        _run.Variables["ROTA_LOG_FORMAT"] = "xml";
        Assert.Equal(ExitCode.Failed, await _run.RunAsync("doctor"));
    }

    [Fact]
    public void What_jobs_say_cannot_steer_the_terminal() =>
        Assert.Equal(" [31mred  next", Clean.Line("\e[31mred\r\nnext"));

    public void Dispose() => _run.Dispose();
}
