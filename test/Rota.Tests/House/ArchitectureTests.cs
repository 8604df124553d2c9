using System.Reflection;
using System.Xml.Linq;
using Xunit;

namespace Rota.Tests.House;

/// <summary>Who may know whom (architecture.md): read from the project files and from the assemblies
/// themselves.</summary>
public sealed class ArchitectureTests
{
    private const int StoreMethodsMax = 15;

    private static readonly Dictionary<string, string[]> MayReference = new()
    {
        ["Rota.Abstractions"] = [],
        ["Rota.Engine"] = ["Rota.Abstractions"],
        ["Rota.Postgres"] = ["Rota.Engine"],
        ["Rota.Sqlite"] = ["Rota.Engine"],
        ["Rota.Supervisor"] = ["Rota.Abstractions"], // cron expressions
        ["Rota.Web"] = ["Rota.Engine", "Rota.Supervisor"], // one client and one codec for supervisors
        ["Rota"] = ["Rota.Engine", "Rota.Postgres", "Rota.Sqlite", "Rota.Supervisor", "Rota.Web"],
    };

    private static Assembly Engine => typeof(RotaOptions).Assembly;

    private static IEnumerable<string> References(Assembly assembly) =>
        assembly.GetReferencedAssemblies().Select(name => name.Name!);

    private static XDocument Project(string name) => XDocument.Parse(Repository.Read($"src/{name}/{name}.csproj"));

    [Fact]
    public void Every_project_of_src_is_in_the_table() =>
        Assert.Equal(MayReference.Keys.Order(),
            Repository.Files("src", ".csproj").Select(Path.GetFileNameWithoutExtension).Order());

    [Fact]
    public void Projects_reference_only_what_stands_below_them()
    {
        Repository.AssertNone(
            from project in MayReference
            from reference in Project(project.Key).Descendants("ProjectReference")
            let name = Path.GetFileNameWithoutExtension((string)reference.Attribute("Include")!)
            where !project.Value.Contains(name)
            select $"{project.Key} references {name}");
    }

    [Theory]
    [InlineData("Rota.Abstractions")]
    [InlineData("Rota.Engine")]
    [InlineData("Rota.Postgres")]
    [InlineData("Rota.Sqlite")]
    public void Only_the_web_and_the_program_know_ASP_NET_Core(string project) =>
        Assert.Empty(Project(project).Descendants("FrameworkReference"));

    [Fact]
    public void Abstractions_needs_only_the_base_library_and_abstractions()
    {
        Repository.AssertNone(References(typeof(JobId).Assembly).Where(name =>
            !name.StartsWith("System.", StringComparison.Ordinal)
            && !(name.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal)
                && name.EndsWith(".Abstractions", StringComparison.Ordinal))));
    }

    [Fact]
    public void The_engine_knows_no_web_and_no_database()
    {
        string[] forbidden = ["Microsoft.AspNetCore", "Rota.Sqlite", "Rota.Postgres", "Rota.Web", "Npgsql",
            "Microsoft.Data", "SQLite"];
        Repository.AssertNone(References(Engine).Where(name =>
            forbidden.Any(word => name.StartsWith(word, StringComparison.OrdinalIgnoreCase))));
    }

    [Theory]
    [InlineData("Rota.Postgres", "Rota.Sqlite")]
    [InlineData("Rota.Postgres", "Rota.Web")]
    [InlineData("Rota.Sqlite", "Rota.Postgres")]
    [InlineData("Rota.Sqlite", "Rota.Web")]
    [InlineData("Rota.Web", "Rota.Sqlite")]
    public void Stores_and_the_web_do_not_know_each_other(string assembly, string other) =>
        Assert.DoesNotContain(other, References(Assembly.Load(assembly)));

    [Fact]
    public void The_engines_only_interfaces_are_stores()
    {
        Repository.AssertNone(Engine.GetTypes()
            .Where(type => type.IsInterface && !(type.Namespace == "Rota.Storage" && type.Name.EndsWith("Store")))
            .Select(type => $"{type.FullName} is an interface: seal a class instead, or give it two implementations"));
    }

    [Fact]
    public void A_store_has_at_most_fifteen_methods()
    {
        Repository.AssertNone(Engine.GetTypes()
            .Where(type => type.IsInterface && type.GetMethods().Length > StoreMethodsMax)
            .Select(type => $"{type.Name} has {type.GetMethods().Length} methods; at most {StoreMethodsMax}"));
    }
}
