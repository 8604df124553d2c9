using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace Rota.Tests.House;

/// <summary>What the docs say must be there.</summary>
public sealed partial class DocsTests
{
    private static readonly string Root = FindRoot();

    [Fact]
    public void Every_relative_link_of_the_docs_leads_somewhere()
    {
        var dead = Pages().SelectMany(page => Link().Matches(File.ReadAllText(page))
                .Select(match => match.Groups["link"].Value.Split('#')[0])
                .Where(link => link.Length > 0 && !link.Contains("://") && !link.StartsWith('/'))
                .Where(link => !Path.Exists(Path.Combine(Path.GetDirectoryName(page)!, link)))
                .Select(link => $"{Path.GetRelativePath(Root, page)}: {link}"))
            .ToList();

        Assert.Empty(dead);
    }

    [Fact]
    public void Every_page_of_the_docs_is_linked_from_its_index()
    {
        var index = File.ReadAllText(Path.Combine(Root, "docs", "README.md"));
        var lost = Directory.GetFiles(Path.Combine(Root, "docs"), "*.md").Select(Path.GetFileName)
            .Where(name => name != "README.md" && !index.Contains(name!)).ToList();

        Assert.Empty(lost);
    }

    [Fact]
    public void Every_option_of_the_slices_is_in_the_reference()
    {
        var reference = File.ReadAllText(Path.Combine(Root, "docs", "operations.md"));
        Type[] slices = [typeof(Rota.Workers.WorkerOptions), typeof(Rota.Jobs.RetentionOptions),
            typeof(Rota.Web.Supervisors.SupervisorOptions)];
        var missing = slices.SelectMany(slice => slice.GetProperties()
                .Where(property => property.CanWrite)
                .Select(property => $"{slice.Name.Replace("Options", "")}:{property.Name}"))
            .Where(option => !reference.Contains(option.Split(':')[1], StringComparison.OrdinalIgnoreCase)).ToList();

        Assert.Empty(missing);
    }

    [Fact]
    public void The_version_file_is_strict_JSON_and_the_changelog_knows_its_version()
    {
        using var version = JsonDocument.Parse(File.ReadAllText(Path.Combine(Root, "version.json")));
        var number = version.RootElement.GetProperty("VERSION").GetString();

        Assert.Contains($"## {number}", File.ReadAllText(Path.Combine(Root, "CHANGELOG.md")));
    }

    private static IEnumerable<string> Pages() =>
        Directory.GetFiles(Root, "*.md")
            .Concat(Directory.GetFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories));

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Rota.slnx")))
        {
            folder = Path.GetDirectoryName(folder)
                ?? throw new InvalidOperationException("Rota.slnx is in no folder above.");
        }
        return folder;
    }

    [GeneratedRegex(@"\]\((?<link>[^)\s]+)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5_000)]
    private static partial Regex Link();
}
