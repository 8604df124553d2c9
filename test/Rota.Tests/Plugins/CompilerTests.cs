using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Rota.Jobs;
using Rota.Plugins;
using Xunit;

namespace Rota.Tests.Plugins;

public sealed class CompilerTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_compiler_can_be_a_process_of_its_own()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a shell");
        _folder.Write("src.cs", PluginCode.Saying("ask.process", "hello"));
        Assert.Empty(PluginCompiler.Compile(_folder.PathOf("made.dll"), [_folder.PathOf("src.cs")]));
        _folder.Write("compiler.sh", $"cp {_folder.PathOf("made.dll")} \"$1\"; echo '[]'");
        _folder.Write("plugins/made.cs", "anything");

        using var manager = await StartAsync("/bin/sh", _folder.PathOf("compiler.sh"));

        Assert.Equal(["ask.process"], Assert.Single(manager.All).Kinds);
    }

    [Fact]
    public async Task Errors_of_the_compiler_process_come_with_file_and_line()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a shell");
        _folder.Write("compiler.sh",
            "echo '[{\"File\":\"'\"$2\"'\",\"Line\":3,\"Column\":7,\"Message\":\"CS1002: no\"}]'; exit 1");
        _folder.Write("plugins/bad.cs", "anything");

        using var manager = await StartAsync("/bin/sh", _folder.PathOf("compiler.sh"));

        Assert.Equal([new PluginError("bad.cs", 3, 7, "CS1002: no")], Assert.Single(manager.All).Errors);
    }

    [Fact]
    public async Task A_compiler_that_crashes_breaks_only_the_plug_in()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a shell");
        _folder.Write("compiler.sh", "kill -9 $$");
        _folder.Write("plugins/bad.cs", "anything");

        using var manager = await StartAsync("/bin/sh", _folder.PathOf("compiler.sh"));

        Assert.Contains("compiler process failed", Assert.Single(manager.All).Errors[0].Message);
    }

    [Fact]
    public async Task What_was_compiled_once_is_loaded_from_the_cache()
    {
        _folder.Write("plugins/ask.cs", PluginCode.Saying("ask.cache", "hello"));
        using var first = await StartAsync();
        var made = Assert.Single(
            Directory.GetFiles(_folder.PathOf("plugins/.cache"), "*.dll", SearchOption.AllDirectories));
        var at = File.GetLastWriteTimeUtc(made);

        using var second = await StartAsync("/bin/false");

        Assert.Equal(PluginState.Loaded, Assert.Single(second.All).State);
        Assert.Equal(at, File.GetLastWriteTimeUtc(made));
    }

    [Fact]
    public async Task Versions_that_nobody_needs_leave_the_cache_after_a_week()
    {
        _folder.Write("plugins/ask.cs", PluginCode.Saying("ask.prune", "hello"));
        using var first = await StartAsync();
        var used = Assert.Single(Directory.GetDirectories(_folder.PathOf("plugins/.cache")));
        _folder.Write("plugins/.cache/ask-old/ask.dll", "old");
        _folder.Write("plugins/.cache/ask-new/ask.dll", "new");
        foreach (var folder in new[] { used, _folder.PathOf("plugins/.cache/ask-old") })
            Directory.SetLastWriteTimeUtc(folder, DateTime.UtcNow.AddDays(-8));

        using var second = await StartAsync();

        Assert.Equal([used, _folder.PathOf("plugins/.cache/ask-new")],
            Directory.GetDirectories(_folder.PathOf("plugins/.cache")).Order());
    }

    private async Task<PluginManager> StartAsync(params string[] compiler)
    {
        var options = new PluginOptions { Folder = _folder.PathOf("plugins"), Compiler = compiler };
        var manager = new PluginManager(
            Options.Create(options), new HandlerRegistry(), TimeProvider.System, NullLogger<PluginManager>.Instance);
        await manager.StartingAsync(CancellationToken.None);
        return manager;
    }
}
