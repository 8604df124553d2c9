using System.Text.RegularExpressions;
using Rota.Supervisor.Config;
using Xunit;

namespace Rota.Supervisor.Tests.Config;

/// <summary>The examples of the guides to those who come from elsewhere.</summary>
public class GuideTests
{
    [Theory]
    [InlineData("processes/from-pm2.md", 2, "api:api_0 api:api_1")]
    [InlineData("processes/from-systemd.md", 3, "worker:worker@1 worker:worker@2 worker:worker@3")]
    [InlineData("processes.md", 1, "web:web")]
    public void An_example_is_a_file_without_a_warning(string page, int processes, string names)
    {
        using var folder = new Folder();
        foreach (var path in new[] { "/srv/www", "/srv/api", "/srv/worker", "/var/log", "/run" })
            Directory.CreateDirectory(folder.Path + path);
        // The example's own folders need not be on this machine.
        var text = Regex.Replace(Example(page), "=(?<kind>unix://)?(?<path>/srv|/var|/run)", match =>
            $"={match.Groups["kind"]}{folder.Path}{match.Groups["path"]}", RegexOptions.NonBacktracking);
        var config = ConfigReader.Read(folder.Write("main.conf", text));
        Assert.Empty(config.Warnings);
        var found = config.Groups
            .SelectMany(group => group.Processes.Select(process => $"{group.Name}:{process.Name}")).ToList();
        Assert.Equal((processes, names), (found.Count, string.Join(' ', found)));
        Assert.All(config.Groups.SelectMany(group => group.Processes), process => Assert.NotNull(process.Arguments));
    }

    /// <summary>The block of a page that is a supervisord.conf.</summary>
    private static string Example(string page)
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Rota.slnx")))
            root = root.Parent!;
        var text = File.ReadAllText(Path.Combine(root.FullName, "docs", page));
        return text.Split("```ini\n").Skip(1).Select(block => block.Split("```")[0])
            .Single(block => block.Contains("[supervisord]", StringComparison.Ordinal));
    }
}
